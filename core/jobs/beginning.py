"""What a training begins with: every open choice decided, and an untaught classifier with the pictures for it."""

import torch

from core.backbones import ways
from core.backbones.network import READ_STAGE, Network
from core.data.dataset import Dataset
from core.errors import UserError
from core.events import Reporter
from core.jobs.advise import advice_for, similarity_for
from core.jobs.choosing import Chosen, choose, network_of, preprocessing_of, way_of
from core.jobs.clock import Clock
from core.jobs.material import Stock
from core.processes import place
from core.recipe import Recipe, Strategy, StrategyKind, check
from core.strategy.plan import lowest_fresh_stage
from core.strategy.rates import rates_for
from core.strategy.stage_choice import Trials, choose_stages
from core.training import resolve
from core.training.classifier import Classifier, ModelCard
from core.training.frozen import views_for
from core.training.resolve import Resolved


def resolved_for(
    recipe: Recipe, chosen: Chosen, network: Network, dataset: Dataset, clock: Clock, reporter: Reporter
) -> Resolved:
    """Decide what the recipe leaves open. Raises UserError BAD_VALUE where choices make no sense together."""
    device = resolve.device_for(recipe)
    fastest = recipe.training.precision or ways.fastest_precision(network, device, chosen.hash)
    precision = resolve.training_precision(recipe, device, fastest)
    way = way_of(recipe, network, device, chosen.hash, len(dataset.indices("train")))
    threads = resolve.threads_for(recipe)
    preprocessing = preprocessing_of(network, recipe)
    stock = Stock(dataset, network, chosen.hash, preprocessing, way, device, threads, clock, reporter)
    with clock.measure("features"):
        decided = decided_strategy(recipe, chosen, network, dataset, reporter)
    strategy = _kind(decided)
    optimizer = resolve.optimizer_for(recipe, strategy)
    check(recipe, strategy, optimizer)  # before anything is done for a strategy that other choices exclude
    recipe = recipe.model_copy(update={"strategy": decided})
    settings = dict(network.settings)
    if strategy == "stage_probe":
        settings[READ_STAGE] = _stages_to_read(recipe, stock)
    count = len(dataset.indices("train"))
    epochs = resolve.epochs_for(recipe, strategy, count)
    judged = len(dataset.indices("val"))
    return Resolved(
        strategy=strategy,
        backbone=chosen.entry.name,
        weights=chosen.hash,
        pretrained=chosen.weights is not None,
        settings=settings,
        image_size=preprocessing.size,
        optimizer=optimizer,
        learning_rate=resolve.rate_for(recipe, strategy, optimizer),
        weight_decay=resolve.weight_decay_for(recipe, optimizer),
        epochs=epochs,
        batch_size=resolve.batch_size_for(recipe, strategy, count),
        precision=precision,
        feature_precision=way,
        device=device,
        threads=threads,
        dataset=dataset.fingerprint,
        versions=resolve.versions(),
        frozen_views=views_for(recipe, strategy, network, epochs, count + judged, stock.frozen_folder),
        processes=place().count,
        layers={name: getattr(decided, name) for name in ("first_stage", "backbone_rate", "layer_decay")},
    )


def decided_strategy(
    recipe: Recipe, chosen: Chosen, network: Network, dataset: Dataset, reporter: Reporter
) -> Strategy:
    """The strategy with nothing left open: the advisor's where none is chosen, its stages learning as fast as the
    pictures are unfamiliar."""
    asked = recipe.strategy
    if asked.kind is None:
        advice = advice_for(chosen, network, dataset, recipe, reporter)
        return asked.settled(advice["strategy"], advice["first_stage"], rates_for(advice["similarity"]))
    wanted = asked.kind in ("fine_tune_top", "fine_tune_all") and None in (asked.backbone_rate, asked.layer_decay)
    similarity = similarity_for(chosen, network, dataset, recipe, reporter) if wanted else None
    return asked.settled(asked.kind, None, rates_for(similarity))


def _kind(decided: Strategy) -> StrategyKind:
    assert decided.kind is not None
    return decided.kind


def _stages_to_read(recipe: Recipe, stock: Stock) -> list[int] | None:
    """The stages whose features tell the classes apart best, by cross-validation on what is learned from.

    None stands for the last features, after all stages, which take part in the choice.
    """
    if recipe.strategy.first_stage is not None:
        return [recipe.strategy.first_stage]
    train = stock.dataset.indices("train")
    trials = Trials(stock.dataset.labels[train], stock.dataset.groups_of(train), recipe.seed)
    read, _ = choose_stages(stock.stage_features("train"), stock.features("train"), trials)
    return None if read is None else list(read)


def classifier_for(
    recipe: Recipe, resolved: Resolved, dataset: Dataset, clock: Clock, reporter: Reporter,
    network: Network | None = None,
) -> tuple[Classifier, Stock]:  # fmt: skip
    """The classifier as it is before it learns anything, and its pictures.

    `network` is the one that `resolved` describes, untouched, where it was built already. Raises UserError NO_WEIGHTS.
    """
    asked = recipe.with_value("strategy.kind", resolved.strategy).with_value("backbone.name", resolved.backbone)
    chosen = choose(asked, reporter)
    if chosen.hash != resolved.weights:
        raise UserError("NO_WEIGHTS", name=resolved.backbone, reason="those that this run began with are gone")
    network = network or network_of(chosen, asked, resolved.settings)
    stages = len(network.stages)
    key, afresh = chosen.hash, stages - lowest_fresh_stage(asked.strategy, stages)
    if afresh and resolved.pretrained:
        network.reinitialize(afresh, recipe.seed)
        key = f"{key}-{afresh}-{recipe.seed}"  # other numbers, other features
    preprocessing = preprocessing_of(network, recipe)
    stock = Stock(
        dataset, network, key, preprocessing, resolved.feature_precision, resolved.device,
        resolved.threads, clock, reporter,
    )  # fmt: skip
    card = ModelCard(
        backbone=resolved.backbone,
        settings=network.settings,
        classes=dataset.classes,
        preprocessing=preprocessing,
        dropout=recipe.regularization.dropout,
        pretrained=resolved.pretrained,
        recipe=recipe.without_places().model_dump(),
    )
    torch.manual_seed(recipe.seed)
    return Classifier(network, card), stock
