"""Formats and precisions of an export in words; the core has a row of the same code for each."""

from dataclasses import dataclass

from gui.words import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Home:
    """A format: who it is for, what it is, and whether it can be made smaller."""

    code: str
    suffix: str
    title: str
    who: str
    what: str
    smaller: bool = True


HOMES = (
    Home(
        "onnx", ".onnx", "ONNX",
        QT_TRANSLATE_NOOP("ExportPage", "For apps, servers, phones, other languages"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "One file that takes a picture as it is and gives probabilities: cutting and scaling are "
            "inside. Opens nearly everywhere. If unsure, take this."
        ),
    ),
    Home(
        "web", "", QT_TRANSLATE_NOOP("ExportPage", "Web page"),
        QT_TRANSLATE_NOOP("ExportPage", "For anybody with a browser"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "A folder with a page: drop a picture on it, see the answer. Opens by a double click, or on "
            "a phone from any web server; no picture leaves the machine."
        ),
    ),
    Home(
        "python", "", "Python",
        QT_TRANSLATE_NOOP("ExportPage", "For a colleague who writes scripts"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "A folder with the model and one short, readable program, which says what it needs: three "
            "common packages, neither Graft nor PyTorch."
        ),
    ),
    Home(
        "pt2", ".pt2", "PyTorch",
        QT_TRANSLATE_NOOP("ExportPage", "For PyTorch programs and servers"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "The whole network as one program, preprocessing inside; no source code is needed to run it."
        ),
        smaller=False,
    ),
    Home(
        "safetensors", ".safetensors", "Safetensors",
        QT_TRANSLATE_NOOP("ExportPage", "For researchers who go on training"),
        QT_TRANSLATE_NOOP(
            "ExportPage", "The weights alone, by name, in a format that can hold no code; with a file to load them."
        ),
        smaller=False,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """A precision: how exact the exported numbers are."""

    code: str
    title: str
    what: str


SIZES = (
    Size(
        "fp32",
        QT_TRANSLATE_NOOP("ExportPage", "Full precision"),
        QT_TRANSLATE_NOOP("ExportPage", "Exactly the answers that Graft gives."),
    ),
    Size(
        "fp16",
        QT_TRANSLATE_NOOP("ExportPage", "Half the size"),
        QT_TRANSLATE_NOOP("ExportPage", "Numbers kept in 16 bits: as fast, hardly ever another answer."),
    ),
    Size(
        "int8",
        QT_TRANSLATE_NOOP("ExportPage", "Smallest"),
        QT_TRANSLATE_NOOP("ExportPage", "Numbers in 8 bits, fitted to your training pictures: a few answers change."),
    ),
)
