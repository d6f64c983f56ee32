"""The Predict page: pictures in, answers out, a table to take away."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from gui.pages.predict import PredictPage


def row(path, label="ants", share=0.9, status="ok"):
    good = status in ("ok", "not_sure", "unknown")
    return {
        "path": path, "label": label if good else "", "probability": share if good else None,
        "probabilities": {label: share, "bees": 1 - share} if good else {}, "status": status,
    }  # fmt: skip


def test_dropped_pictures_are_asked_about_and_answered(qtbot, show, with_run, engine, project):
    page = show(PredictPage, with_run)
    page.drop.dropped.emit([Path("/x/a.jpg"), Path("/x/folder")])
    request = engine.asked("Predict")[0]
    assert request.paths == ("/x/a.jpg", "/x/folder")
    assert request.model.endswith("2026-11-22-1000-01")
    assert page.drop.isVisible()
    answers = [
        row("/x/a.jpg"), row("/x/b.jpg", share=0.55, status="not_sure"), row("/x/c", status="TRUNCATED"),
        row("/x/d.jpg", share=0.99, status="unknown"),
    ]  # fmt: skip
    engine.answer({"rows": answers, "csv": None})
    qtbot.waitUntil(lambda: "1 could not be read" in page.status)
    assert page.status == "3 pictures answered, 1 not sure, 1 unknown; 1 could not be read."
    assert [answer.said for answer in page.list.predictions] == ["ants", "Not sure: ants?", "", "Unknown: ants?"]
    assert "cut short" in page.list.predictions[2].problem
    assert "ants 90\u00a0%" in page.one.bars.accessibleDescription()
    offered = [page.filter.itemText(number) for number in range(page.filter.count())]
    assert offered == ["All answers (4)", "Unknown (1)", "Not sure (1)", "Could not be read (1)", "ants (3)"]
    page.filter.setCurrentIndex(1)
    page.filter.activated.emit(1)
    assert [answer.path.name for answer in page.list.predictions] == ["d.jpg"]
    assert page.one.answer.text() == "Unknown: ants?"
    page.filter.setCurrentIndex(0)
    page.filter.activated.emit(0)
    page.list.choose(2)
    assert not page.one.bars.isVisible()
    page.list.choose(3)
    assert "Unknown" in page.one.doubt.text()
    assert page.one.answer.text() == "Unknown: ants?"


def test_evidence_doubt_and_neighbours_are_shown(qtbot, show, with_run, engine):
    page = show(PredictPage, with_run, width=1000)
    page._predict([Path("/x/a.jpg")])
    engine.answer({"rows": [row("/x/a.jpg", share=0.85, status="not_sure")], "threshold": 0.9, "csv": None})
    assert page.list.predictions[0].wavers
    assert "Not sure" in page.one.doubt.text()
    asked = engine.asked("Explain")[0]
    assert asked.paths == ("/x/a.jpg",)
    heat = {"width": 2, "height": 2, "values": bytes([0, 255, 128, 0])}
    near = [{"path": "train/ants/n.jpg", "label": "ants", "distance": 0.1}]
    why = {"path": "/x/a.jpg", "heat": heat, "box": [0, 0, 1, 1], "neighbours": near, "unknown": True}
    engine.answer({"rows": [why], "classes": ["ants", "bees"]})
    assert "Unknown" in page.one.doubt.text()
    assert [tile.picture for tile in page.one.neighbours.tiles] == [with_run.folder / "train/ants/n.jpg"]
    assert not page.one.big.shows_evidence
    qtbot.keyClick(page.one.big, "e")
    assert page.one.big.shows_evidence


def test_a_pasted_picture_becomes_a_file_beside_the_run(qtbot, show, with_run, engine, qapp):
    page = show(PredictPage, with_run)
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    qapp.clipboard().setImage(image)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    qtbot.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(engine.asked("Predict")))
    (path,) = engine.asked("Predict")[0].paths
    assert QImage(path).pixelColor(3, 3).name() == "#336699"
    assert Path(path).parent.parent == with_run.trained.run.folder


def test_the_table_is_saved_whole(qtbot, show, with_run, engine, tmp_path):
    page = show(PredictPage, with_run)
    assert not page.save_button.isEnabled()
    page._predict([Path("/x/a.jpg")])
    table = Path(engine.asked("Predict")[0].csv)
    table.write_text("path,label\n'=x,ants\n")
    engine.answer({"rows": [row("/x/a.jpg")], "csv": str(table)})
    page._save(tmp_path / "answers.csv")
    qtbot.waitUntil(lambda: (tmp_path / "answers.csv").exists() and bool(page.banners()))
    assert (tmp_path / "answers.csv").read_text() == "path,label\n'=x,ants\n"
    page._save(tmp_path / "answers.csv" / "impossible.csv")
    qtbot.waitUntil(lambda: page.banners()[-1].kind == "bad")


def test_a_failure_is_told_in_words(qtbot, show, with_run, engine):
    page = show(PredictPage, with_run)
    page._predict([Path("/x/gone.jpg")])
    engine.fail("NO_SUCH_FILE", path="/x/gone.jpg")
    assert "There is no file /x/gone.jpg." in page.banners()[0].text


def test_a_model_is_needed(show, session):
    page = show(PredictPage, session)
    assert not page.primary.isEnabled()
    assert not page.files_button.isEnabled()
    assert page.files_button.toolTip() == "Train a model first."
