"""What the licence of pretrained weights lets one do with them, as far as its name tells.

Names are those of timm's `pretrained_cfg.license` and of torchvision's `meta`. A name that is not in the table counts
as terms of its own, which a person must read.
"""

from collections.abc import Mapping
from typing import Literal

Use = Literal["free", "own_terms", "no_commerce", "unstated"]

# Commercial use is forbidden: Creative Commons NC; FAIR's research licence; Apple's AMLR ("exclusively for Research
# Purposes"); SEER's, which is a Creative Commons NC licence with additions.
_TABLE: Mapping[str, Use] = {
    "apache-2.0": "free",
    "mit": "free",
    "bsd-2-clause": "free",
    "bsd-3-clause": "free",
    "cc-by-4.0": "free",
    "cc0-1.0": "free",
    "cc-by-nc-4.0": "no_commerce",
    "cc-by-nc-sa-4.0": "no_commerce",
    "fair-noncommercial-research-license": "no_commerce",
    "apple-amlr": "no_commerce",
    "seer-license": "no_commerce",
    "": "unstated",
    "unknown": "unstated",
    "other": "unstated",
}
NON_COMMERCIAL_MARKS = ("-nc-", "noncommercial", "non-commercial")


def use_of(licence: str) -> Use:
    """What may be done with weights under a licence of that name."""
    name = licence.lower()
    told = _TABLE.get(name)
    if told is not None:
        return told
    return "no_commerce" if any(mark in name for mark in NON_COMMERCIAL_MARKS) else "own_terms"
