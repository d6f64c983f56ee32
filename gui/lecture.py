"""Why one would choose this or that: for the fields of the recipe, and for each of their choices, what the lecture says
(CS231n, lecture 7). `core.recipe` says what a field does; this says what for.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gui import words
from gui.why import Why
from gui.words import QT_TRANSLATE_NOOP, translate

if TYPE_CHECKING:
    from core.recipe import FieldRow

FIELDS: Mapping[str, str] = {
    "optimizer.kind": QT_TRANSLATE_NOOP(
        "Lecture", "Every step follows the slope of the loss, measured on a few pictures. Plain steps shake across "
        "narrow valleys and hardly move on flat ground. So some remember earlier steps, some scale each weight by "
        "itself, some do both. Compare two of them only at the best rate of each."
    ),
    "optimizer.learning_rate": QT_TRANSLATE_NOOP(
        "Lecture", "Choose this first: nothing else matters as much. The finder above tries ever larger rates and "
        "shows where the loss falls."
    ),
    "optimizer.momentum": QT_TRANSLATE_NOOP(
        "Lecture", "0.9 remembers about the last ten steps, 0.99 the last hundred. The longer the memory, the smoother "
        "the way, and the longer it takes to turn."
    ),
    "optimizer.decay": QT_TRANSLATE_NOOP("Lecture", "0.99 looks back over about a hundred steps, 0.9 over ten."),
    "schedule.kind": QT_TRANSLATE_NOOP(
        "Lecture", "Large steps get near the bottom fast, small ones settle there. It is a second choice, after the "
        "rate: train once without, see where the curve flattens, and let the rate fall there. Or press Decay while it "
        "trains."
    ),
    "schedule.warmup": QT_TRANSLATE_NOOP(
        "Lecture", "At first the head knows nothing, and what it asks for is wild: full steps would wreck what the "
        "backbone knows. Adam, too, has seen too few slopes yet to scale them well."
    ),
    "regularization.weight_decay": QT_TRANSLATE_NOOP(
        "Lecture", "Large weights draw sharp borders around single pictures. A steady pull towards zero keeps the "
        "borders simple, and simple ones hold on new pictures."
    ),
    "regularization.dropout": QT_TRANSLATE_NOOP(
        "Lecture", "With other features hidden in every step, none can be relied on alone; it is like training many "
        "networks that share their weights. Nothing is hidden when it is judged: chance while learning, averaged out "
        "when it counts. It takes longer to learn, so add it once over-fitting shows."
    ),
    "regularization.l1": QT_TRANSLATE_NOOP(
        "Lecture", "Weight decay makes all weights small; this makes most of them zero, so that few features decide."
    ),
    "regularization.drop_connect": QT_TRANSLATE_NOOP(
        "Lecture", "As dropout, but single weights are left out instead of whole features: finer, and as random. All "
        "are used when it is judged."
    ),
    "regularization.drop_path": QT_TRANSLATE_NOOP(
        "Lecture", "Skipping blocks trains many shallower networks within the deep one, and no block can count on the "
        "one before. All are used when it is judged."
    ),
    "regularization.label_smoothing": QT_TRANSLATE_NOOP(
        "Lecture", "To be asked for certainty drives weights up for ever, also for labels that are wrong. To be asked "
        "for 90 % leaves room for doubt, and its probabilities become more honest. 10 % is usual."
    ),
    "regularization.mixup": QT_TRANSLATE_NOOP(
        "Lecture", "Between two pictures the answer should lie between as well: so borders become smooth, and single "
        "wrong labels harm less. It needs long training, and the training accuracy looks worse than it is."
    ),
    "regularization.cutmix": QT_TRANSLATE_NOOP(
        "Lecture", "Each part must be known by itself, so the network cannot rely on the one tell-tale spot. It needs "
        "long training, and the training accuracy looks worse than it is."
    ),
    "regularization.ema": QT_TRANSLATE_NOOP(
        "Lecture", "The last steps circle around the bottom; their average lies nearer to it than any of them "
        "(Polyak). It is the cheapest ensemble there is, and being judged beside the weights it can only help."
    ),
    "regularization.pooling": QT_TRANSLATE_NOOP(
        "Lecture", "The backbone gives a map: how much of each feature there is at each place. The head wants one "
        "number for each."
    ),
    "regularization.class_weights": QT_TRANSLATE_NOOP(
        "Lecture", "If 95 of 100 pictures are of one class, to answer always that is 95 % right and worth nothing. "
        "With weights, a mistake counts more the rarer its class is."
    ),
    "training.epochs": QT_TRANSLATE_NOOP(
        "Lecture", "An epoch is one pass over all pictures to learn from. More of them teach more: what matters first, "
        "then the pictures by heart. The best state is kept, so too many cost time and nothing else."
    ),
    "training.batch_size": QT_TRANSLATE_NOOP(
        "Lecture", "Larger batches measure the slope more surely, but make fewer steps of the same pictures. As a "
        "rule: double the batch, double the rate. Where memory runs short, batches are worked through in pieces."
    ),
    "training.precision": QT_TRANSLATE_NOOP(
        "Lecture", "Half the digits are enough to learn with, and graphics cards are several times faster with them. "
        "Graft tries it first and takes it only where the loss agrees."
    ),
    "training.patience": QT_TRANSLATE_NOOP(
        "Lecture", "Where validation no longer improves, what comes after is learned by heart. Give it some epochs: "
        "with few pictures kept aside the figure jumps."
    ),
    "training.gradient_clip": QT_TRANSLATE_NOOP(
        "Lecture", "One odd batch can give so steep a slope that a single step undoes an hour. Its direction is kept, "
        "its length is cut."
    ),
    "training.balanced_sampling": QT_TRANSLATE_NOOP(
        "Lecture", "Another way to help rare classes. Their pictures are seen more often, varied each time, so there "
        "is more to learn from than with weights, and more to learn by heart."
    ),
    "seed": QT_TRANSLATE_NOOP(
        "Lecture", "Train with several seeds to see how much of a difference is luck."
    ),
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, str]] = {
    "optimizer.kind": {
        "sgd": QT_TRANSLATE_NOOP(
            "Lecture", "One step down the slope, nothing remembered. It shakes across narrow valleys, creeps along "
            "them, and all but stops on flat ground and saddles. The rate must be chosen with most care."
        ),
        "momentum": QT_TRANSLATE_NOOP(
            "Lecture", "A ball that begins at rest and rolls: each step keeps part of the last one, so shaking cancels "
            "out and speed gathers along the valley. With a good schedule it often ends best."
        ),
        "nesterov": QT_TRANSLATE_NOOP(
            "Lecture", "Momentum that looks ahead: the slope is taken where its speed will carry it, which corrects "
            "the step before it goes wrong."
        ),
        "adagrad": QT_TRANSLATE_NOOP(
            "Lecture", "Divides each weight's step by all the slopes it has met: steep directions are tamed, flat ones "
            "helped. What it has met only adds up, so its steps only shrink, and it can stall early."
        ),
        "rmsprop": QT_TRANSLATE_NOOP(
            "Lecture", "AdaGrad that forgets: only the last slopes count, so its steps need not die out."
        ),
        "adam": QT_TRANSLATE_NOOP(
            "Lecture", "Momentum and RMSProp in one, corrected for having begun at zero: a good first choice, at 0.001 "
            "or 0.0001. It scales each weight by itself, so in a valley that lies slanted it has no advantage."
        ),
        "adamw": QT_TRANSLATE_NOOP(
            "Lecture", "Adam, with weight decay taken off the weights themselves; in the slope, Adam's scaling would "
            "undo it. The usual choice for fine-tuning."
        ),
        "lbfgs": QT_TRANSLATE_NOOP(
            "Lecture", "Second order: from its last steps it works out how the slope bends, and leaps to where the "
            "bottom should be. Exact, and done in a second, where weights are few and all pictures are taken at once."
        ),
    },
    "schedule.kind": {
        "constant": QT_TRANSLATE_NOOP(
            "Lecture", "The same rate to the end. Watch the curve, and press Decay where it flattens."
        ),
        "step": QT_TRANSLATE_NOOP(
            "Lecture", "Falls at once, after equal stretches, as ResNets were trained: the loss drops at each fall."
        ),
        "exponential": QT_TRANSLATE_NOOP("Lecture", "Falls by the same share in equal times, without a jump."),
        "inverse": QT_TRANSLATE_NOOP("Lecture", "Falls as one over the time: fast at first, then ever more slowly."),
        "cosine": QT_TRANSLATE_NOOP(
            "Lecture", "Falls slowly, then fast, then slowly to zero. No number is to be chosen, and it seldom loses."
        ),
        "one_cycle": QT_TRANSLATE_NOOP(
            "Lecture", "Climbs to the full rate and falls far below it, once. Large steps in the middle keep it from "
            "settling in the first hollow."
        ),
        "warm_restarts": QT_TRANSLATE_NOOP(
            "Lecture", "Falls along a cosine, springs up, and falls again. At each bottom lies another good model; all "
            "are kept and asked together: an ensemble from one training (ICLR 2017)."
        ),
    },
    "regularization.pooling": {
        "average": QT_TRANSLATE_NOOP(
            "Lecture", "How much of it there is in all. Backbones learned this way: right in most cases."
        ),
        "max": QT_TRANSLATE_NOOP(
            "Lecture", "Is it there at all, wherever? For small things in large pictures: a crack, a parasite."
        ),
        "fractional_max": QT_TRANSLATE_NOOP(
            "Lecture", "The largest of regions whose borders are drawn anew in each step, and averaged out when it is "
            "judged: it must not matter exactly where a thing lies."
        ),
    },
    "augmentation.automatic": {
        "trivial": QT_TRANSLATE_NOOP(
            "Lecture", "One change of any strength each time: nothing to tune, and on photographs hard to beat."
        ),
        "rand": QT_TRANSLATE_NOOP(
            "Lecture", "Several changes at once, all of one strength, which you set: more with many pictures, less "
            "with few."
        ),
    },
}  # fmt: skip
TO_LEARN = ("optimizer.", "schedule.kind")  # fields whose steps the landscapes show


def why_choice(path: str, choice: str) -> str:
    """What speaks for one choice of a field; nothing where nothing is to be said."""
    text = CHOICES.get(path, {}).get(choice, "")
    return translate("Lecture", text) if text else ""


def why_field(row: "FieldRow", value: object, reason: str = "") -> Why:
    """For the panel: what the field does, what for, what speaks for its `value`, and why it cannot be chosen now."""
    paragraphs = [words.field_what(row)]
    if row.path in FIELDS:
        paragraphs.append(translate("Lecture", FIELDS[row.path]))
    if chosen := why_choice(row.path, str(value)):
        paragraphs.append(f"{words.choice_name(row.path, str(value))}: {chosen}")
    title, text = words.field_title(row), "\n\n".join([*paragraphs, *filter(None, [reason])])
    if row.path.startswith(TO_LEARN):
        return Why(title, text, translate("Lecture", "See step sizes at work"), "learn")
    return Why(title, text)
