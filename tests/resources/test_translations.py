"""What translators are given is what the window asks for, and what they write is what it says."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTranslator

from core.errors import FAULTS
from resources.translations import update


def test_a_translated_sentence_reaches_the_window(tmp_path: Path, qapp: QCoreApplication) -> None:
    source = tmp_path / "graft_eo.ts"
    update.gather(source, "eo")
    update.compile_(source)
    assert not source.with_suffix(".qm").exists()  # nothing is translated yet, so the language is not offered

    text = source.read_text(encoding="utf-8")
    sentence = FAULTS["EMPTY"].message
    assert "<name>Words</name>" in text
    before, after = text.split(f"<source>{sentence}</source>", 1)
    after = after.replace('<translation type="unfinished"></translation>', "<translation>Malplena.</translation>", 1)
    source.write_text(f"{before}<source>{sentence}</source>{after}", encoding="utf-8")
    update.gather(source, "eo")  # what was translated stays
    update.compile_(source)

    translator = QTranslator()
    assert translator.load(str(source.with_suffix(".qm")))
    assert translator.translate("Faults", sentence) == "Malplena."
