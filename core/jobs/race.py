"""Every strategy on the same pictures, the same split and the same budget of time; evidence instead of opinion.

Successive halving: see `core.strategy.halving`. A leg ends with an epoch, so a race repeats exactly where its legs do,
and a replay meets them again; how many epochs fit in a share of the time is what no two races have in common.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from core import requests
from core.errors import UserError
from core.evaluation.answers import load_answers
from core.evaluation.compare import aligned
from core.evaluation.intervals import difference
from core.events import Reporter, Rung
from core.jobs.advise import advise
from core.jobs.beginning import classifier_for, resolved_for
from core.jobs.choosing import choose, network_of, preprocessing_of
from core.jobs.clock import Clock
from core.jobs.opening import only_unchanged, open_dataset
from core.jobs.race_leg import Part, keep_best, run_leg
from core.jobs.train import IMPORTS
from core.project.races import Entrant, Race, read_race
from core.recipe import STRATEGIES, Recipe, StrategyKind, fitting
from core.strategy import halving
from core.strategy.advise import first_different_stage
from core.strategy.halving import Standing
from core.training import resolve
from core.training.pacing import seconds_an_epoch
from core.training.stepping import accelerator_for
from core.training.teach import class_weights, prepare

GRACE = 1.5
"""The last in the race may take so many times its share to learn to its end: speeds are estimated."""


def race(request: requests.Race, reporter: Reporter) -> dict[str, Any]:
    """Result: the `race` fields. Raises UserError RUN_EXISTS and what `train` raises."""
    out = Path(request.out)
    if out.exists():
        raise UserError("RUN_EXISTS", path=str(out))
    if request.replay:
        earlier = read_race(Path(request.replay))
        begun = replace(earlier, folder=out, project=request.project, like=earlier.legs, legs=[], laps=[], result=None)
    else:
        begun = _entered(request, out, reporter)
    out.mkdir(parents=True, exist_ok=True)
    begun.save()
    return _go_on(begun, reporter)


def resume_race(request: requests.ResumeRace, reporter: Reporter) -> dict[str, Any]:
    """Result: the `race` fields. Raises UserError NOT_A_RUN, NOTHING_TO_RESUME, DATA_CHANGED."""
    begun = read_race(Path(request.out))
    if begun.complete:
        raise UserError("NOTHING_TO_RESUME", path=request.out)
    return _go_on(begun, reporter)


def _entered(request: requests.Race, out: Path, reporter: Reporter) -> Race:
    """Who races: advised and measured. A budget that is left open lets the slowest learn to its end, if it is the
    best; a strategy that begins from nothing is not waited for, unless there is no other."""
    recipe = request.recipe
    torch.set_num_threads(resolve.threads_for(recipe))
    if not len(open_dataset(request.project, recipe, Clock(also=IMPORTS), reporter).indices("val")):
        raise UserError("BAD_RECIPE", reason="a race needs validation pictures")
    advice = advise(requests.Advise(project=request.project, recipe=recipe), reporter)
    kinds: tuple[StrategyKind, ...] = STRATEGIES if advice["pretrained"] else ("from_scratch",)
    first = first_different_stage(advice["similarity"])
    recipes = {kind: _for_race(recipe, kind, first) for kind in kinds}
    full = [_measured(request.project, recipes[kind], kind, reporter) for kind in kinds]
    learners = [entrant for entrant in full if entrant.epoch_seconds]
    awaited = [entrant for entrant in learners if entrant.strategy != "from_scratch"] or learners
    needed = (entrant.epochs * entrant.epoch_seconds for entrant in awaited)
    budget = request.seconds or halving.usual_budget(needed, len(learners))
    longest = budget * halving.longest_share(len(learners))
    return Race(
        folder=out,
        project=request.project,
        recipe=recipe.model_dump(),
        recommended=advice["strategy"],
        budget=budget,
        first_stage=first,
        entrants=[
            replace(one, epochs=halving.epochs_within(longest, one.epoch_seconds, one.epochs)) for one in full
        ],
    )  # fmt: skip


def _for_race(recipe: Recipe, kind: StrategyKind, first_stage: int | None) -> Recipe:
    """What the user chose for another strategy alone is at rest; a part is learned from where the advisor cuts."""
    chosen = fitting(recipe, kind)
    if recipe.strategy.kind in (kind, None) and recipe.strategy.first_stage is not None:
        return chosen
    return chosen.with_value("strategy.first_stage", first_stage if kind == "fine_tune_top" else None)


def _measured(project: str, recipe: Recipe, kind: StrategyKind, reporter: Reporter) -> Entrant:
    """A strategy with its usual number of epochs, and how long one takes here."""
    if resolve.optimizer_for(recipe, kind) == "lbfgs":
        return Entrant(kind, 1, 0.0)
    clock = Clock()
    dataset = open_dataset(project, recipe, clock, reporter)
    chosen = choose(recipe, reporter)
    network = network_of(chosen, recipe)
    threads = resolve.threads_for(recipe)
    dataset = only_unchanged(dataset, preprocessing_of(network, recipe), threads, clock, reporter)
    resolved = resolved_for(recipe, chosen, network, dataset, clock, reporter)
    classifier, stock = classifier_for(recipe, resolved, dataset, clock, reporter)
    lesson, optimizer, pace = prepare(classifier, recipe, resolved, stock, reporter)
    weights = class_weights(recipe, lesson.examples.labels, len(classifier.card.classes))
    accelerator = accelerator_for(resolved.device, resolved.precision)
    judged = len(dataset.indices("val"))
    took = seconds_an_epoch(lesson, optimizer, weights, pace, judged, accelerator, reporter)
    return Entrant(kind, resolved.epochs, round(took, 4))


def _go_on(race: Race, reporter: Reporter) -> dict[str, Any]:
    """Rung after rung, from wherever it stands; all that was done is left as it is."""
    learners = sum(entrant.epoch_seconds > 0 for entrant in race.entrants)
    rungs = halving.sizes(learners) or (0,)
    going = [entrant.strategy for entrant in race.entrants]
    for number, keep in enumerate(rungs, 1):
        if number > 1:
            before, going = going, halving.survivors({name: _standing(race, name) for name in going}, keep)
            _take_out(race, [name for name in before if name not in going], number - 1, reporter)
        spent = sum(leg.seconds for leg in race.legs if leg.rung < number)
        reporter.emit(
            Rung, number=number, of=len(rungs), strategies=tuple(going), budget=race.budget, spent=round(spent, 3)
        )
        if number > 1 and _is_over(race, number, spent):
            break  # in the first rung everybody has an epoch, whatever it costs
        for place, name in enumerate(going):
            if any((leg.strategy, leg.rung) == (name, number) for leg in race.legs):
                continue
            used = sum(leg.seconds for leg in race.legs if leg.rung == number)
            share = halving.allotment(race.budget - spent, len(rungs) - number + 1, len(going) - place, used)
            _run_leg(race, name, number, share * (GRACE if keep == 1 else 1.0), reporter)
    _take_out(race, going, len(rungs), reporter)
    race.result = _result(race)
    race.save()
    return race.result


def _is_over(race: Race, rung: int, spent: float) -> bool:
    """Whether there is nothing left for this rung, or was not in the race that is met again."""
    if race.like:
        return not any(leg.rung == rung and leg.end != "kept" for leg in race.like)
    return spent >= race.budget


def _run_leg(race: Race, name: str, rung: int, share: float, reporter: Reporter) -> None:
    entrant = next(one for one in race.entrants if one.strategy == name)
    met = next((leg for leg in race.like if (leg.strategy, leg.rung) == (name, rung) and leg.end != "kept"), None)
    if race.like and met is None:
        return  # there was no time left for it

    def pause(epoch: int, seconds: float) -> bool:
        if met is not None:
            return met.end == "time" and epoch >= met.epoch
        return halving.enough(seconds, entrant.epoch_seconds, share)

    race.legs.append(run_leg(Part(race, entrant, rung, pause), _recipe_of(race, entrant), reporter))
    race.save()


def _recipe_of(race: Race, entrant: Entrant) -> Recipe:
    """That of any other training, but for the epochs, which are those that fit in the time."""
    kind: StrategyKind = next(kind for kind in STRATEGIES if kind == entrant.strategy)
    recipe = _for_race(Recipe.model_validate(race.recipe), kind, race.first_stage)
    return recipe.with_value("training.epochs", entrant.epochs) if entrant.epoch_seconds else recipe


def _standing(race: Race, name: str) -> Standing:
    finished = any(leg.end == "complete" for leg in race.legs if leg.strategy == name)
    laps = [(-lap.accuracy, lap.loss) for lap in race.laps if lap.strategy == name]
    accuracy, loss = min(laps, default=(1.0, float("inf")))
    return Standing(-accuracy, loss, finished)


def _take_out(race: Race, names: list[str], rung: int, reporter: Reporter) -> None:
    """What has not learned to its end is kept in its best state."""
    for name in names:
        if not any(leg.end != "time" for leg in race.legs if leg.strategy == name):
            race.legs.append(keep_best(race, name, rung, reporter))
            race.save()


def _result(race: Race) -> dict[str, Any]:
    rows = [_row(race, entrant) for entrant in race.entrants]
    rows = [rows[place] for place in halving.best_first(rows)]
    own = next(row for row in rows if row["strategy"] == race.recommended)
    return {
        "strategies": rows,
        "recommended": race.recommended,
        **_regret(race, own["strategy"], rows[0]["strategy"]),
        "budget": race.budget,
        "seconds": round(race.spent(), 3),
        "out": str(race.folder),
    }


def _row(race: Race, entrant: Entrant) -> dict[str, Any]:
    run = race.run_of(entrant.strategy)
    report = run.report or {}
    legs = [leg for leg in race.legs if leg.strategy == entrant.strategy]
    judged = report["val"]
    return {
        "strategy": entrant.strategy,
        "accuracy": judged["accuracy"],
        "low": judged["low"],
        "high": judged["high"],
        "seconds": round(race.spent(entrant.strategy), 3),
        "parameters_learned": report["parameters_learned"],
        "run": str(run.folder),
        "first_stage": run.recipe.strategy.first_stage,
        "epoch": max(leg.epoch for leg in legs),
        "epochs": entrant.epochs,
        "rung": max(leg.rung for leg in legs),
        "finished": any(leg.end == "complete" for leg in legs),
    }


def _regret(race: Race, recommended: str, best: str) -> dict[str, float]:
    """What following the advice costs: the best less the recommended, on the same pictures, with its interval."""
    answers = [load_answers(race.run_of(name).folder)["val"] for name in (recommended, best)]
    _, labels, places = aligned(answers)
    right = [
        one.logs[place].argmax(axis=1) == labels for one, place in zip(answers, places, strict=True)
    ]  # fmt: skip
    apart = difference(right[0], right[1])
    return {"regret": apart["gain"], "regret_low": apart["low"], "regret_high": apart["high"]}
