"""What the core's codes are called: strategies, cells, jobs, stages of work, advice, choices of the recipe.

English, marked for translation; `gui.words` translates when asked, so that a change of language shows at once.
"""

from collections.abc import Mapping


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark a text for translation and leave it as it is (PySide6's own is typed to give an object)."""
    return text


STRATEGIES: Mapping[str, tuple[str, str]] = {
    "linear_probe": (
        QT_TRANSLATE_NOOP("Words", "A new head only"),
        QT_TRANSLATE_NOOP("Words", "The backbone stays as it is; only the last layer learns your classes. Seconds."),
    ),
    "stage_probe": (
        QT_TRANSLATE_NOOP("Words", "A new head, lower down"),
        QT_TRANSLATE_NOOP(
            "Words", "The backbone stays as it is; the head reads simpler features, from the stage that suits best."
        ),
    ),
    "fine_tune_top": (
        QT_TRANSLATE_NOOP("Words", "Fine-tune the top"),
        QT_TRANSLATE_NOOP("Words", "The head and the upper stages learn; what the lower ones see stays."),
    ),
    "fine_tune_all": (
        QT_TRANSLATE_NOOP("Words", "Fine-tune everything"),
        QT_TRANSLATE_NOOP("Words", "Every layer learns, the lower ones more slowly. Takes longest but one."),
    ),
    "from_scratch": (
        QT_TRANSLATE_NOOP("Words", "From scratch"),
        QT_TRANSLATE_NOOP("Words", "Every layer starts from random numbers: no transfer learning. For comparison."),
    ),
}
CELLS: Mapping[str, tuple[str, str]] = {
    "small-similar": (
        QT_TRANSLATE_NOOP("Words", "Few and similar"),
        QT_TRANSLATE_NOOP("Words", "Few pictures that look like those the backbone knows: a new head will do."),
    ),
    "small-different": (
        QT_TRANSLATE_NOOP("Words", "Few and different"),
        QT_TRANSLATE_NOOP("Words", "Few pictures of another kind: the hard corner. Simpler features often help."),
    ),
    "large-similar": (
        QT_TRANSLATE_NOOP("Words", "Many and similar"),
        QT_TRANSLATE_NOOP("Words", "Many pictures of a kind the backbone knows: fine-tune its top."),
    ),
    "large-different": (
        QT_TRANSLATE_NOOP("Words", "Many and different"),
        QT_TRANSLATE_NOOP("Words", "Many pictures of another kind: fine-tune everything."),
    ),
    "small-unknown": (
        QT_TRANSLATE_NOOP("Words", "Few, of a familiarity that is not known"),
        QT_TRANSLATE_NOOP("Words", "Nothing here has learned anything yet that could be compared."),
    ),
    "large-unknown": (
        QT_TRANSLATE_NOOP("Words", "Many, of a familiarity that is not known"),
        QT_TRANSLATE_NOOP("Words", "Nothing here has learned anything yet that could be compared."),
    ),
}
PARTS: Mapping[str, str] = {
    "train": QT_TRANSLATE_NOOP("Words", "Training"),
    "val": QT_TRANSLATE_NOOP("Words", "Validation"),
    "test": QT_TRANSLATE_NOOP("Words", "Test"),
}
JOBS: Mapping[str, str] = {
    "scan": QT_TRANSLATE_NOOP("Words", "Reading the folder"),
    "look": QT_TRANSLATE_NOOP("Words", "Looking for changes"),
    "edit": QT_TRANSLATE_NOOP("Words", "Changing labels"),
    "find_twins": QT_TRANSLATE_NOOP("Words", "Looking for twins with the backbone"),
    "cross_validate": QT_TRANSLATE_NOOP("Words", "Training every fold"),
    "summarise": QT_TRANSLATE_NOOP("Words", "Counting anew"),
    "list_backbones": QT_TRANSLATE_NOOP("Words", "Looking for backbones"),
    "read_catalogue": QT_TRANSLATE_NOOP("Words", "Reading the lists of timm and torchvision"),
    "fetch_backbone": QT_TRANSLATE_NOOP("Words", "Downloading a backbone"),
    "measure_backbone": QT_TRANSLATE_NOOP("Words", "Measuring a backbone's speed"),
    "discard_download": QT_TRANSLATE_NOOP("Words", "Giving up a download"),
    "import_backbone": QT_TRANSLATE_NOOP("Words", "Importing a backbone"),
    "pack_backbones": QT_TRANSLATE_NOOP("Words", "Packing backbones"),
    "describe_backbone": QT_TRANSLATE_NOOP("Words", "Looking into the backbone"),
    "preview": QT_TRANSLATE_NOOP("Words", "Drawing examples"),
    "predict": QT_TRANSLATE_NOOP("Words", "Predicting"),
    "explain": QT_TRANSLATE_NOOP("Words", "Looking for the evidence"),
    "advise": QT_TRANSLATE_NOOP("Words", "Measuring size and similarity"),
    "rank": QT_TRANSLATE_NOOP("Words", "Comparing backbones"),
    "train": QT_TRANSLATE_NOOP("Words", "Training"),
    "find_rate": QT_TRANSLATE_NOOP("Words", "Finding a learning rate"),
    "race": QT_TRANSLATE_NOOP("Words", "Racing the strategies"),
    "evaluate": QT_TRANSLATE_NOOP("Words", "Judging the model"),
    "examine": QT_TRANSLATE_NOOP("Words", "Working out the figures"),
    "settle": QT_TRANSLATE_NOOP("Words", "Keeping what you settled"),
    "try_views": QT_TRANSLATE_NOOP("Words", "Trying several views of each picture"),
    "map": QT_TRANSLATE_NOOP("Words", "Drawing the map"),
    "check_labels": QT_TRANSLATE_NOOP("Words", "Checking the labels"),
    "compare": QT_TRANSLATE_NOOP("Words", "Comparing runs"),
    "combine": QT_TRANSLATE_NOOP("Words", "Making one model of several"),
    "write_report": QT_TRANSLATE_NOOP("Words", "Writing the report"),
    "export": QT_TRANSLATE_NOOP("Words", "Exporting the model"),
}
STAGES: Mapping[str, str] = {
    "start": QT_TRANSLATE_NOOP("Words", "Starting"),
    "scan": QT_TRANSLATE_NOOP("Words", "Reading pictures"),
    "squares": QT_TRANSLATE_NOOP("Words", "Preparing pictures"),
    "pictures": QT_TRANSLATE_NOOP("Words", "Preparing pictures"),
    "features": QT_TRANSLATE_NOOP("Words", "Computing features"),
    "frozen": QT_TRANSLATE_NOOP("Words", "Passing the frozen stages once"),
    "head": QT_TRANSLATE_NOOP("Words", "Fitting the head"),
    "stages": QT_TRANSLATE_NOOP("Words", "Trying the stages"),
    "similarity": QT_TRANSLATE_NOOP("Words", "Measuring similarity"),
    "train": QT_TRANSLATE_NOOP("Words", "Training"),
    "find_rate": QT_TRANSLATE_NOOP("Words", "Trying learning rates"),
    "evaluate": QT_TRANSLATE_NOOP("Words", "Judging"),
    "judge": QT_TRANSLATE_NOOP("Words", "Judging"),
    "explain": QT_TRANSLATE_NOOP("Words", "Looking for the evidence"),
    "labels": QT_TRANSLATE_NOOP("Words", "Checking the labels"),
    "report": QT_TRANSLATE_NOOP("Words", "Writing the report"),
    "predict": QT_TRANSLATE_NOOP("Words", "Predicting"),
    "look_up": QT_TRANSLATE_NOOP("Words", "Looking up where the weights are kept"),
    "connect": QT_TRANSLATE_NOOP("Words", "Asking the server"),
    "download": QT_TRANSLATE_NOOP("Words", "Downloading"),
    "ways": QT_TRANSLATE_NOOP("Words", "Trying ways to compute features"),
    "catalogue": QT_TRANSLATE_NOOP("Words", "Reading the lists of timm and torchvision"),
    "parameters": QT_TRANSLATE_NOOP("Words", "Counting parameters"),
    "archive": QT_TRANSLATE_NOOP("Words", "Unpacking"),
    "export": QT_TRANSLATE_NOOP("Words", "Writing the model"),
    "calibrate": QT_TRANSLATE_NOOP("Words", "Measuring how large its numbers become"),
    "parity": QT_TRANSLATE_NOOP("Words", "Checking that the exported model agrees"),
    "rank": QT_TRANSLATE_NOOP("Words", "Comparing backbones"),
    "race": QT_TRANSLATE_NOOP("Words", "Racing"),
    "folds": QT_TRANSLATE_NOOP("Words", "Training every fold"),
    "pace": QT_TRANSLATE_NOOP("Words", "Finding out how long an epoch takes"),
    "pack": QT_TRANSLATE_NOOP("Words", "Packing"),
    "unpack": QT_TRANSLATE_NOOP("Words", "Unpacking"),
}
ADVICE: Mapping[str, str] = {
    "DIVERGED": QT_TRANSLATE_NOOP(
        "Words", "The loss left all bounds at step {step}. Training stopped and kept its best; try a lower rate."
    ),
    "OUT_OF_MEMORY": QT_TRANSLATE_NOOP(
        "Words", "Memory ran short, so each step is now worked through in {pieces} pieces. Only the speed changes."
    ),
}
SIGNS: Mapping[str, str] = {"share": "\u00a0%", "area": "\u00a0%", "degrees": "°"}
"""Units that a sign tells, right behind the number; shares are shown in percent."""

CHOICES: Mapping[str, str] = {
    "crop": QT_TRANSLATE_NOOP("Words", "Cut the ends off"),
    "letterbox": QT_TRANSLATE_NOOP("Words", "Add grey bars"),
    "stretch": QT_TRANSLATE_NOOP("Words", "Stretch"),
    "classes": QT_TRANSLATE_NOOP("Words", "One folder per class"),
    "parts": QT_TRANSLATE_NOOP("Words", "Train and validation folders"),
    "table": QT_TRANSLATE_NOOP("Words", "A table of pictures"),
    "one_class": QT_TRANSLATE_NOOP("Words", "One class: the whole folder"),
    "flat": QT_TRANSLATE_NOOP("Words", "No classes yet"),
    "off": QT_TRANSLATE_NOOP("Words", "Off"),
    "trivial": "TrivialAugment",
    "rand": "RandAugment",
    "fail": QT_TRANSLATE_NOOP("Words", "Stop and say so"),
    "exclude": QT_TRANSLATE_NOOP("Words", "Leave them out"),
    "frozen": QT_TRANSLATE_NOOP("Words", "Frozen"),
    "adapt": QT_TRANSLATE_NOOP("Words", "Adapt"),
    "onnx": "ONNX Runtime",
    "lbfgs": "L-BFGS",
    "sgd": QT_TRANSLATE_NOOP("Words", "SGD, plain"),
    "momentum": QT_TRANSLATE_NOOP("Words", "SGD with momentum"),
    "nesterov": QT_TRANSLATE_NOOP("Words", "SGD, Nesterov"),
    "adagrad": "Adagrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "adamw": "AdamW",
    "constant": QT_TRANSLATE_NOOP("Words", "Constant"),
    "step": QT_TRANSLATE_NOOP("Words", "In steps"),
    "exponential": QT_TRANSLATE_NOOP("Words", "Exponential"),
    "inverse": QT_TRANSLATE_NOOP("Words", "One over time"),
    "cosine": QT_TRANSLATE_NOOP("Words", "Cosine"),
    "one_cycle": QT_TRANSLATE_NOOP("Words", "One cycle"),
    "warm_restarts": QT_TRANSLATE_NOOP("Words", "Warm restarts"),
    "average": QT_TRANSLATE_NOOP("Words", "Average"),
    "max": QT_TRANSLATE_NOOP("Words", "Largest value"),
    "fractional_max": QT_TRANSLATE_NOOP("Words", "Largest of random regions"),
    "cpu": QT_TRANSLATE_NOOP("Words", "Processor"),
    "cuda": QT_TRANSLATE_NOOP("Words", "Graphics card"),
    "mps": QT_TRANSLATE_NOOP("Words", "Apple graphics"),
}
