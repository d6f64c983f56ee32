"""Changes are seen by metadata alone, and a disk that hangs keeps nobody waiting."""

import os
import threading
from pathlib import Path

import pytest

from core.data import watch
from core.data.scan import scan
from core.data.watch import compare
from core.errors import Cancelled
from core.events import Reporter, silent
from core.project.index import Index
from core.recipe import Data, Recipe


def news(found: dict[str, object]) -> tuple[object, ...]:
    return tuple(found[key] for key in ("reached", "added", "changed", "removed"))


def test_what_came_changed_and_went_is_counted(two_classes: Path, index: Index) -> None:
    data = Data(folder=str(two_classes))
    scan(two_classes, index, 32, "crop", Recipe(), silent(), 2)
    assert news(compare(data, index, silent())) == (True, 0, 0, 0)
    (two_classes / "ant" / "new.jpg").write_bytes(b"anything")
    (two_classes / "wasp").mkdir()
    (two_classes / "wasp" / "new.jpg").write_bytes(b"anything")
    os.utime(two_classes / "ant" / "00.jpg", ns=(1, 1))
    (two_classes / "bee" / "01.jpg").unlink()
    assert news(compare(data, index, silent())) == (True, 2, 1, 1)
    two_classes.rename(two_classes.with_name("unplugged"))
    assert news(compare(data, index, silent())) == (False, 0, 0, 0)


def test_a_changed_table_is_news(two_classes: Path, index: Index) -> None:
    rows = [f"{path.relative_to(two_classes)},x" for path in two_classes.rglob("*.jpg")]
    (two_classes / "t.csv").write_text("\n".join(["path,label", *rows]))
    data = Data(folder=str(two_classes))
    scan(two_classes, index, 32, "crop", Recipe(), silent(), 2)
    assert news(compare(data, index, silent())) == (True, 0, 0, 0)
    (two_classes / "t.csv").write_text("\n".join(["path,label", *rows, "gone.jpg,x"]))
    assert news(compare(data, index, silent())) == (True, 0, 1, 0)


def test_a_disk_that_hangs_is_given_up_and_not_asked_twice(
    two_classes: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, asked = threading.Event(), []

    def hang(*rest: object) -> None:
        asked.append(1)
        let_go.wait(30)

    monkeypatch.setattr(watch, "look", hang)
    data = Data(folder=str(two_classes))
    with pytest.raises(Cancelled):
        compare(data, index, Reporter("job", lambda event: None, lambda: bool(asked)))
    assert news(compare(data, index, silent(), patience=0.3)) == (False, 0, 0, 0)
    assert len(asked) == 1, "while one look hangs there is no second"
    let_go.set()
    for looking in watch._hanging:
        assert looking.ended.wait(5)
    monkeypatch.undo()
    assert news(compare(data, index, silent())) == (True, 24, 0, 0)
