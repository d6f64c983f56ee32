"""Forms drawn from the recipe: every field has a control that shows it, changes it and explains it."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QSlider, QSpinBox, QWidget

from core.recipe import field_rows, value_at
from gui import lecture
from gui.forms import FieldForm, FieldTitle
from gui.session import Session
from gui.why import why_of

ROWS = list(field_rows())


@pytest.fixture
def form(opened: Session, qtbot: Any) -> FieldForm:
    made = FieldForm(opened, [row.path for row in ROWS])
    qtbot.addWidget(made)
    made.show()
    return made


def parts(form: FieldForm, path: str, kind: type[QWidget]) -> Any:
    editor = form.editors[path]
    return editor.control if isinstance(editor.control, kind) else editor.findChild(kind)


def test_every_field_is_reachable_named_and_explained(form: FieldForm) -> None:
    for row in ROWS:
        editor = form.editors[row.path]
        controls = [part for part in editor.findChildren(QWidget) if part.focusPolicy() & Qt.FocusPolicy.TabFocus]
        assert controls, row.path
        assert all(part.accessibleName() or getattr(part, "text", str)() for part in controls), row.path
        why = why_of(controls[0])
        assert why is not None
        assert why.text.startswith(row.what)


def test_showing_a_recipe_changes_nothing(form: FieldForm, opened: Session) -> None:
    before = opened.recipe
    for editor in form.editors.values():
        editor.draw()
    assert opened.recipe is before
    assert opened.undo.count() == 0


def test_a_flag(form: FieldForm, opened: Session, qtbot: Any) -> None:
    box = parts(form, "augmentation.flip", QCheckBox)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert opened.recipe.augmentation.flip is False
    opened.undo.undo()
    assert box.isChecked()


def test_a_share_is_shown_in_percent(form: FieldForm, opened: Session, qtbot: Any) -> None:
    number = parts(form, "split.validation", QDoubleSpinBox)
    assert number.text() == "20\u00a0%"
    number.setValue(30)
    assert opened.recipe.split.validation == 0.3
    slider = parts(form, "split.validation", QSlider)
    slider.setValue(slider.maximum())
    assert opened.recipe.split.validation == 0.5
    number.setValue(0)
    assert opened.recipe.split.validation > 0, "the range is open at this end"


def test_a_count_says_when_it_is_off_and_takes_the_useless_numbers_in_one_step(
    form: FieldForm, opened: Session
) -> None:
    box = parts(form, "split.folds", QSpinBox)
    assert box.text() == "off"
    box.stepUp()
    assert (box.text(), opened.recipe.split.folds) == ("2", 2)
    box.lineEdit().setText("5")
    box.interpretText()
    assert opened.recipe.split.folds == 5
    assert "folds judge" in form.editors["split.validation"].accessibleDescription()
    box.stepBy(-4)
    assert (box.text(), opened.recipe.split.folds) == ("off", 0)
    box.lineEdit().setText("off")
    assert box.hasAcceptableInput()


def test_what_graft_chooses_may_be_taken_over_and_left_open_again(form: FieldForm, opened: Session, qtbot: Any) -> None:
    editor = form.editors["training.epochs"]
    choose = next(box for box in editor.findChildren(QCheckBox) if box.text() == "Graft chooses")
    assert choose.isChecked()
    assert not editor.control.isVisible()
    choose.click()
    assert opened.recipe.training.epochs == 10
    line = parts(form, "training.epochs", QLineEdit)
    line.setText("25")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert opened.recipe.training.epochs == 25
    choose.click()
    assert opened.recipe.training.epochs is None


def test_a_choice_offers_every_value_and_leaving_it_open(form: FieldForm, opened: Session) -> None:
    box = parts(form, "optimizer.kind", QComboBox)
    assert box.itemText(0) == "Graft chooses"
    assert box.itemText(box.findData("nesterov")) == "SGD, Nesterov"
    box.setCurrentIndex(box.findData("adamw"))
    box.activated.emit(box.currentIndex())
    assert opened.recipe.optimizer.kind == "adamw"


@pytest.mark.parametrize(("typed", "kept"), [("3e-4", 3e-4), ("0,002", 0.002), ("-1", 0.001), ("fast", 0.001)])
def test_a_rate_takes_any_notation_and_refuses_nonsense(
    form: FieldForm, opened: Session, qtbot: Any, typed: str, kept: float
) -> None:
    opened.set_value("optimizer.learning_rate", 0.001)
    told: list[str] = []
    opened.notice.connect(lambda kind, text: told.append(text))
    line = parts(form, "optimizer.learning_rate", QLineEdit)
    line.setText(typed)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert value_at(opened.recipe, "optimizer.learning_rate") == pytest.approx(kept)
    assert bool(told) == (kept == 0.001)
    assert line.text() == f"{kept:g}"


def test_choices_that_make_no_sense_together_are_closed_and_say_why(form: FieldForm, opened: Session) -> None:
    opened.set_value("strategy.kind", "linear_probe")
    mixup = form.editors["regularization.mixup"]
    assert not mixup.control.isEnabled()
    assert "seen once" in mixup.control.toolTip()
    assert "Not now" in why_of(mixup).text
    opened.set_value("strategy.kind", "fine_tune_all")
    assert mixup.control.isEnabled()
    assert "Not now" not in why_of(mixup).text
    optimisers = parts(form, "optimizer.kind", QComboBox)
    lbfgs, adam = (optimisers.model().item(optimisers.findData(kind)) for kind in ("lbfgs", "adam"))
    assert not lbfgs.isEnabled()
    assert "all pictures at once" in lbfgs.toolTip()
    assert adam.isEnabled()


def test_what_was_chosen_before_it_made_no_sense_can_be_taken_back(form: FieldForm, opened: Session) -> None:
    opened.set_value("strategy.kind", "fine_tune_all")
    opened.set_value("regularization.mixup", 0.2)
    opened.set_value("strategy.kind", "linear_probe")
    mixup = form.editors["regularization.mixup"]
    assert mixup.control.isEnabled()
    assert "Not now" in mixup.control.toolTip()


def test_what_the_lecture_says_of_a_choice_is_said_when_it_is_chosen(form: FieldForm, opened: Session) -> None:
    editor = form.editors["optimizer.kind"]
    opened.set_value("strategy.kind", "fine_tune_all")
    told = set()
    for kind in editor.row.choices:
        opened.set_value("optimizer.kind", kind)
        why = why_of(editor.control)
        assert why is not None
        assert why.text.count("\n\n") >= 2, "what it does, what for, and what speaks for this one"
        assert why.link_page == "learn"
        told.add(why.text)
        box = parts(form, "optimizer.kind", QComboBox)
        assert box.model().item(box.findData(kind)).toolTip()
    assert len(told) == len(editor.row.choices)


def test_the_reason_of_a_field_is_one_click_or_one_key_away_even_where_it_is_closed(
    form: FieldForm, opened: Session, qtbot: Any
) -> None:
    opened.set_value("strategy.kind", "linear_probe")
    title = next(it for it in form.findChildren(FieldTitle) if it._editor is form.editors["regularization.mixup"])
    qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    why = why_of(form.focusWidget())
    assert why is not None
    assert why.title == "Mixup"
    assert "Not now" in why.text
    assert form.editors["regularization.mixup"].focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_lecture_speaks_of_fields_and_choices_that_there_are() -> None:
    rows = {row.path: row for row in ROWS}
    assert set(lecture.FIELDS) <= set(rows)
    for path, choices in lecture.CHOICES.items():
        assert set(choices) <= set(rows[path].choices)
    for path in ("optimizer.kind", "schedule.kind", "regularization.pooling"):
        assert set(lecture.CHOICES[path]) == set(rows[path].choices), f"a choice of {path} without a reason"
    assert {path for path in rows if path.startswith("regularization.")} <= set(lecture.FIELDS)
