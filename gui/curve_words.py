"""What a learning curve says, in one plain line: the lecture's reading of the gap and of the flattening."""

from itertools import pairwise

from gui import words
from gui.widgets.curve_data import CurveData
from gui.words import QT_TRANSLATE_NOOP

GAP = 0.06  # training this much better than validation is called learning by heart
FLAT_EPOCHS, FLAT_GAIN = 4, 0.004  # so little better loss in so many epochs is called flat
WORSE_EPOCHS = 3  # validation loss rising for so long while training's falls


def reading(data: CurveData, running: bool, solver: bool = False) -> str:
    """One line about the state of the training; empty while there is too little to say.

    A `solver` fits the head to the last detail, so its gap says nothing by itself.
    """
    val, train = data.val_accuracy, data.train_accuracy
    if len(data.epochs) < 3 or val[-1] != val[-1]:
        return ""
    gap = train[-1] - val[-1]
    if _rising(data) and not solver:
        text = QT_TRANSLATE_NOOP(
            "Words",
            "It is beginning to learn by heart: training still gets better, validation gets worse. The best state is "
            "kept, so you may stop; next time vary the pictures more or let fewer stages learn.",
        )
    elif solver and gap > GAP:
        text = QT_TRANSLATE_NOOP(
            "Words",
            "The new head fits the pictures it learns from almost perfectly; with few pictures that is usual and no "
            "fault. What counts is the dashed line: {val} on pictures it has not seen.",
        )
    elif gap > GAP:
        text = QT_TRANSLATE_NOOP(
            "Words",
            "A gap of {gap} between training and validation: part of this is learned by heart. More pictures, more "
            "variation or fewer learning stages narrow it.",
        )
    elif running and _flat(data) and data.epoch_rates[-1] == data.epoch_rates[-1]:
        text = QT_TRANSLATE_NOOP(
            "Words", "The curve has flattened. Smaller steps may settle it further: try Decay ÷ 10, once."
        )
    elif max(train[-1], val[-1]) < 0.6 and not running:
        text = QT_TRANSLATE_NOOP(
            "Words", "It has learned little: let more stages learn, train for longer, or look at the labels again."
        )
    elif gap > -0.02:
        text = QT_TRANSLATE_NOOP(
            "Words", "Training and validation stay close together: what it learns holds on new pictures."
        )
    else:
        text = QT_TRANSLATE_NOOP(
            "Words", "Validation is ahead of training: training pictures are varied and so harder. That is usual."
        )
    return words.say(text).format(gap=words.percent(gap), val=words.percent(val[-1]))


def _rising(data: CurveData) -> bool:
    loss = data.val_loss[-WORSE_EPOCHS - 1 :]
    train = data.train_loss[-WORSE_EPOCHS - 1 :]
    if len(loss) <= WORSE_EPOCHS:
        return False
    rises = all(later > earlier for earlier, later in pairwise(loss))
    return rises and train[-1] < train[0]


def _flat(data: CurveData) -> bool:
    loss = data.train_loss[-FLAT_EPOCHS - 1 :]
    return len(loss) > FLAT_EPOCHS and (loss[0] - loss[-1]) / max(abs(loss[0]), 1e-9) < FLAT_GAIN * FLAT_EPOCHS
