"""Where the eight steps stand, from plain facts."""

from dataclasses import replace

from gui import steps
from gui.steps import STEPS, Situation, StepState, states

READY = Situation(project=True, scanned=True, pictures=397, classes=2, backbone="ResNet-18", backbones_known=True)


def test_without_a_project_only_data_can_be_entered() -> None:
    found = states(Situation())
    assert set(found) == set(STEPS)
    assert found["data"].why_not == ""
    assert all(found[step].why_not == "Open a folder of pictures first." for step in STEPS[1:])


def test_ready_to_train() -> None:
    found = states(READY)
    assert found["data"] == steps.StepState("ready", "397 pictures, 2 classes")
    assert found["backbone"].line == "ResNet-18"
    assert found["train"].why_not == ""
    assert found["evaluate"].why_not == "Train a model first."


def test_training_says_why_it_cannot_begin() -> None:
    reasons = {
        "still": replace(READY, scanned=False, scanning=0.3),
        "only one class": replace(READY, data_fault="ONE_CLASS"),
        "3 pictures in two classes": replace(READY, data_fault="CONFLICTS", data_fault_count=3),
        "No usable": replace(READY, data_fault="NO_IMAGES"),
        "80 pictures wait": replace(READY, data_fault="NO_LABELS", data_fault_count=80),
        "no backbone": replace(READY, backbone=""),
        "looked for": replace(READY, backbone="", backbones_known=False),
        "another window": replace(READY, read_only=True),
    }
    for words, situation in reasons.items():
        assert words in states(situation)["train"].why_not
        assert steps.train_block(situation) == states(situation)["train"].why_not


def test_from_scratch_needs_no_backbone() -> None:
    now = replace(READY, backbone="", chosen_strategy="from_scratch")
    assert states(now)["train"].why_not == ""
    assert states(now)["backbone"].glyph == "ready"
    assert steps.backbone_block(now) != "", "size and similarity still cannot be measured"


def test_what_runs_and_what_wants_attention_shows() -> None:
    assert states(replace(READY, scanning=0.25))["data"].line == "Reading, 25\u00a0%"
    assert states(replace(READY, training=0.5))["train"].glyph == "running"
    assert states(replace(READY, unfinished=True))["train"].glyph == "attention"
    assert states(replace(READY, data_fault="CONFLICTS", data_fault_count=1))["data"].line == "1 conflict to settle"
    trained = replace(READY, trained=True, accuracy=(0.89, 0.84, 0.94), mistakes=1)
    assert states(trained)["train"].line == "89\u00a0%\u00a0±\u00a05"
    assert states(trained)["evaluate"].line == "1 mistake"
    assert states(replace(trained, exported="onnx", verified=True))["export"].line == "ONNX, verified"
    assert states(replace(trained, exported="onnx"))["export"].glyph == "attention"
    smaller = replace(trained, exported="onnx", smaller=True)
    assert states(smaller)["export"].line == "ONNX, not measured"
    assert states(replace(smaller, lost=0.0065))["export"] == StepState("ready", "ONNX, smaller, −0.7 points")
    assert states(replace(smaller, lost=-0.01))["export"].line == "ONNX, smaller, no worse"
