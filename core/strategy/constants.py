"""Every number that the advisor judges by, with the figures it comes from. All of them are provisional."""

from typing import NamedTuple

SMALL_BELOW = 200
"""Effective training pictures a class below which a dataset is small. Set by hand, between ants-bees (122 a class)
and brain-mri (203 to 300, by how it is split); no figure decides it yet."""

SIMILAR_BELOW = 0.06
"""Divergence below which pictures are similar to the pretraining data: above ants and bees (0.016), below household
rubbish (0.069) and brain MRI (0.076)."""

DOUBT = (0.04, 0.10)
"""Between these the divergence alone does not tell: two of the reference sets lie here, and brain MRI's own parts
reach from 0.064 (its test folder) to 0.114 (one of its classes)."""

OTHER_SCALE = 2.0
"""So many times wider is the doubt, either way, with any other backbone or picture size than that of the reference
sets. On the same pictures the figure grew 1.7 times with another padding and 1.3 times at 160 pixels."""

SAMPLE = 300
"""Pictures measured. With 300, 95 % intervals were 0.014 to 0.017 (ants-bees) and 0.072 to 0.080 (brain-mri)."""

FEW_PICTURES = 20
"""Below so many pictures the measure is not trusted: at 20 it scattered by 0.004 to 0.006, at 5 by 0.011 to 0.018."""


class ReferenceSet(NamedTuple):
    """`code` is what the window translates, `name` its English; pictures a class where they are known."""

    code: str
    name: str
    value: float
    images_per_class: float | None = None


REFERENCE_BACKBONE = "mobilenetv2_035"
REFERENCE_SIZE = 224

# Measured with the reference backbone at 224 pixels, cropped. The first and the third were measured with the padding
# that the weights were trained with (`pad_type=same`); with the library's own padding they are 0.026 and 0.085. The
# others come from earlier measurements, whose padding is not known.
REFERENCE_SETS: tuple[ReferenceSet, ...] = (
    ReferenceSet("ants_bees", "ants and bees", 0.016, 122),
    ReferenceSet("household_rubbish", "household rubbish", 0.069),
    ReferenceSet("brain_mri", "brain MRI", 0.076, 300),
    ReferenceSet("hand_signs", "hand signs", 0.148),
    ReferenceSet("magnetic_tiles", "magnetic tiles", 0.284),
)
