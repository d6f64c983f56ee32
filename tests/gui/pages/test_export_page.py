"""The Export page: formats the core knows, and a certificate that claims only what was checked."""

import json
from pathlib import Path

from typer.testing import CliRunner

from core.cli.commands import app
from gui.export_rows import HOMES, SIZES
from gui.pages.export import ExportPage
from gui.widgets.certificate import Certificate, checks

PARITY = {"images": 115, "top1_agreement": 1.0, "max_abs_probability_difference": 8.1e-5, "verified": True}


def test_every_format_of_the_core_has_its_card():
    from core.export.formats import FORMATS

    assert {home.code: not home.suffix for home in HOMES} == {row.name: row.is_folder for row in FORMATS}
    asked = CliRunner().invoke(app, ["export", "--help"]).output
    assert all(row.name in asked for row in FORMATS)
    assert {home.code: home.smaller for home in HOMES} == {row.name: len(row.precisions) > 1 for row in FORMATS}
    assert {size.code for size in SIZES} == {precision for row in FORMATS for precision in row.precisions}


def test_a_card_is_chosen_and_exported_then_certified(qtbot, show, with_run, engine, tmp_path):
    page = show(ExportPage, with_run)
    assert page.primary.text() == "Export as ONNX…"
    page.cards["pt2"].clicked.emit()
    qtbot.waitUntil(lambda: page.primary.text() == "Export as PyTorch…")
    out = tmp_path / "model.pt2"
    page._export(page._chosen, out)
    request = engine.asked("Export")[0]
    assert (request.format, request.out) == ("pt2", str(out))
    out.write_bytes(bytes(2_345_678))
    certificate = {
        "runtime": "torch.export", "tolerance": 1e-3,
        "checks": [{"pictures": "your pictures", **PARITY, "images": 100}, {"pictures": "awkward pictures", **PARITY}],
    }  # fmt: skip
    (tmp_path / "model.pt2.parity.json").write_text(json.dumps(certificate))
    engine.answer({"path": str(out), "format": "pt2", "parity": PARITY})
    qtbot.waitUntil(lambda: page.certificates.count() == 1)
    shown = page.certificates.itemAt(0).widget()
    assert isinstance(shown, Certificate)
    assert shown.accessibleName().startswith("Verified")


def test_the_rows_of_a_certificate():
    rows = checks({"path": "", "parity": PARITY})
    assert [(row.state, row.figure) for row in rows] == [("good", "115 of 115"), ("good", "0.00008")]
    different = {**PARITY, "top1_agreement": 0.9, "max_abs_probability_difference": 0.2, "verified": False}
    rows = checks({"parity": different})
    assert [(row.state, row.figure) for row in rows] == [("bad", "104 of 115"), ("careful", "0.2")]
    assert [row.state for row in checks({"path": ""})] == ["careful"]


def test_a_smaller_model_is_kept_only_once_its_price_is_seen(qtbot, show, with_run, engine, tmp_path):
    page = show(ExportPage, with_run)
    page.sizes.button(2).click()
    qtbot.waitUntil(lambda: page.primary.text() == "Measure a smaller ONNX")
    page.primary_action()
    request = engine.asked("Export")[0]
    assert request.precision == "int8"
    written = Path(request.out)
    assert written.parent == with_run.trained.run.folder / "exports"
    written.parent.mkdir()
    written.write_bytes(b"small")
    (written.parent / f"{written.name}.parity.json").write_text("{}")
    cost = {
        "images": 153,
        "before": 0.902,
        "after": 0.889,
        "broken": 3,
        "mended": 1,
        "bytes_before": 1_600_000,
        "bytes": 5,
    }
    engine.answer({"path": str(written), "format": "onnx", "precision": "int8", "parity": PARITY, "cost": cost})
    qtbot.waitUntil(lambda: page.certificates.count() == 1)
    shown = page.certificates.itemAt(0).widget()
    assert shown.accessibleName() == "Smaller, and 1.3 points less accurate on your pictures"
    qtbot.waitUntil(shown.keep_button.isVisible)
    assert not shown.show_button.isVisible()
    page._keep(written, tmp_path / "kept.onnx", shown)
    qtbot.waitUntil(lambda: shown.path == tmp_path / "kept.onnx")
    assert (tmp_path / "kept.onnx").read_bytes() == b"small"
    assert (tmp_path / "kept.onnx.parity.json").exists()
    assert list(written.parent.iterdir()) == []
    page.cards["pt2"].clicked.emit()
    assert page.precision == "fp32"
    assert not page.sizes.button(2).isEnabled()


def test_failed_exports_are_told(qtbot, show, with_run, engine, tmp_path):
    page = show(ExportPage, with_run)
    page._export(HOMES[0], tmp_path / "m.onnx")
    engine.fail("EXPORT_FAILED", format="ONNX", operator="aten::odd")
    assert "aten::odd" in page.banners()[0].text


def test_a_long_word_about_the_runtime_does_not_widen_the_page(qtbot, show, with_run, engine, tmp_path):
    page = show(ExportPage, with_run)
    page._export(page._chosen, tmp_path / "m.onnx")
    runtime = "onnxruntime, on the model in the page; the page compares itself again in each browser that opens it"
    engine.answer({"path": str(tmp_path / "m.onnx"), "format": "onnx", "parity": PARITY, "runtime": runtime})
    qtbot.waitUntil(lambda: page.certificates.count() == 1)
    assert page.certificates.itemAt(0).widget().minimumSizeHint().width() < 700
