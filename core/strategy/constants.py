"""Every number that the advisor judges by, with the figures it comes from. All of them are provisional."""

from typing import NamedTuple

SMALL_BELOW = 200
"""Effective training pictures a class below which a dataset is small. Set by hand, between ants-bees (122 a class)
and brain-mri (203 to 300, by how it is split); no figure decides it yet."""

SIZE_DOUBT = (140, 280)
"""Between these the number alone does not tell: so far from the limit, half as much or as many again would cross it."""

HALF_DIVERGENCE = 0.06
"""Divergence at which the similarity is one half: above ants and bees (0.016), below household rubbish (0.069) and
brain MRI (0.076)."""

STEEPNESS = 1.5
"""How fast similarity falls as divergence grows past that: 0.88 for ants and bees, 0.41 brain MRI, 0.20 hand signs,
0.09 magnetic tiles, 0.03 for noise (0.66)."""

HALF_CONFIDENCE = 0.81
"""Mean confidence of the pretrained classifier, as a share of that on its own pictures, at which the similarity is one
half; with the steepness below it goes through ants and bees (1.00) and brain MRI (0.78) where their divergence puts
them. Measured with squeezenet1_1. Drawn pollen grains have 0.64, ants and bees without colours 0.62, white noise
0.32."""

CONFIDENCE_STEEPNESS = 10.0

USUAL_CONFIDENCE = 0.75
"""Confidence on its own pictures where the accuracy of the pretrained classifier is not known."""

SIMILAR_FROM = 0.5
"""Similarity from which pictures count as similar to the pretraining data."""

DOUBT = (0.32, 0.65)
"""Between these the measure alone does not tell: two of the reference sets lie here, and brain MRI's own parts reach
from 0.48 (its test folder) to 0.28 (one of its classes)."""

WIDE_DOUBT = (0.2, 0.8)
"""The same with any other backbone, measure or picture size than that of the reference sets: on the same pictures the
divergence grew 1.7 times with another padding and 1.3 times at 160 pixels."""

SAMPLE = 300
"""Pictures measured. With 300, 95 % intervals of the divergence were 0.014 to 0.017 (ants-bees) and 0.072 to 0.080."""

FEW_PICTURES = 20
"""Below so many pictures the measure is not trusted: at 20 it scattered by 0.004 to 0.006, at 5 by 0.011 to 0.018."""

ROOM = 0.97
"""Cross-validated accuracy of the probe from which more training has nothing to gain."""

CLEAR_GAIN = 0.01
"""A stage must tell the classes apart better than the last by so much to be read instead of it, and so much must a
further stage add to be read beside others."""


class ReferenceSet(NamedTuple):
    """`code` is what the window translates, `name` its English; pictures a class where they are known."""

    code: str
    name: str
    divergence: float
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
