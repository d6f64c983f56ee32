"""Folders read by a table: columns guessed or chosen, names as people write them, each fault with its code."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from core.data.found import Contents, Wish
from core.data.layout import contents
from core.errors import UserError


def folder_of(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"x")
    return root


def told(found: Contents) -> dict[str, tuple[str, str, str, str]]:
    return {file.path: (file.label, file.part, file.group, file.problem) for file in found.files}


IMAGES = ("img/a.jpg", "img/b.jpg", "img/c.jpg", "img/d.jpg")


@pytest.mark.parametrize(
    "content",
    [
        b"path,label\nimg/a.jpg,ant\nimg/b.jpg,bee\nimg/c.jpg,ant\nimg/d.jpg,bee\n",
        b"\xef\xbb\xbflabel;file\r\nant;img\\a.jpg\r\nbee;img\\b.jpg\r\nant;.\\img\\c.jpg\r\nbee;img\\d.jpg\r\n",
        "image\tspecies\na.jpg\tant\nb.jpg\tbee\nc.jpg\tant\nd.jpg\tbee\n".encode("utf-16"),
        b'"image_id","x","dx"\n"a","1,5","ant"\n"b","2,5","bee"\n"c","3,5","ant"\n"d","4,5","bee"\n',
        b"img/a.jpg,ant\nimg/b.jpg,bee\nimg/c.jpg,ant\nimg/d.jpg,bee\n",
        b"name|kind\n/elsewhere/data/img/a.jpg|ant\n/elsewhere/data/img/b.jpg|bee\nIMG/C.JPG|ant\nother/d.jpg|bee\n",
        b"n,what,picture\n1,ant,a.jpg\n2,bee,b.jpg\n3,ant,c.jpg\n4,bee,d.jpg\n",
    ],
    ids=[
        "plain",
        "bom, semicolons, backslashes",
        "utf-16, tabs, bare",
        "quoted, no suffix",
        "no head",
        "strange",
        "last",
    ],
)
def test_columns_are_found_however_the_table_is_written(content: bytes, tmp_path: Path) -> None:
    (folder_of(tmp_path, *IMAGES) / "labels.csv").write_bytes(content)
    found = contents(tmp_path)
    labels = {path: label for path, (label, _, _, problem) in told(found).items() if not problem}
    assert labels == dict(zip(IMAGES, ("ant", "bee", "ant", "bee"), strict=True))
    assert found.manner.layout == "table"
    assert found.class_folders == ("ant", "bee")
    assert not found.problems


def test_groups_and_the_split_come_along(tmp_path: Path) -> None:
    table = "filename,patient_id,diagnosis,split\na.jpg,p1,sick,train\nb.jpg,p1,well,valid\nc.jpg,p2,sick,TEST\n"
    (folder_of(tmp_path, *IMAGES) / "meta.tsv").write_text(table.replace(",", "\t"))
    found = contents(tmp_path)
    assert told(found) == {
        "img/a.jpg": ("sick", "train", "p1", ""),
        "img/b.jpg": ("well", "val", "p1", ""),
        "img/c.jpg": ("sick", "test", "p2", ""),
        "img/d.jpg": ("", "", "", ""),
    }
    columns = {"label": "split", "part": "", "group": None, "path": None}
    chosen = contents(tmp_path, wish=Wish("table", "meta.tsv", columns))
    assert told(chosen)["img/a.jpg"] == ("train", "", "p1", "")


def test_what_a_table_gets_wrong_is_said_file_by_file(tmp_path: Path) -> None:
    outside = folder_of(tmp_path / "elsewhere", "far.jpg") / "far.jpg"
    root = folder_of(tmp_path / "data", *IMAGES, "x/twice.jpg", "y/twice.jpg")
    rows = [
        "path,label", "img/a.jpg,ant", "img/b.jpg,bee", "img/b.jpg,wasp", "gone.jpg,ant", "twice.jpg,ant",
        "y/twice.jpg,bee", ",ant", "img/c.jpg,", "img/d.jpg,'=cmd()", f"{outside},bee", "../../etc/nothing.jpg,ant",
    ]  # fmt: skip
    (root / "labels.csv").write_text("\n".join(rows))
    found = contents(root)
    assert told(found) == {
        "img/a.jpg": ("ant", "", "", ""),
        "img/b.jpg": ("", "", "", "TWO_LABELS"),
        "img/c.jpg": ("", "", "", ""),
        "img/d.jpg": ("=cmd()", "", "", ""),
        "gone.jpg": ("ant", "", "", "MISSING"),
        "../../etc/nothing.jpg": ("ant", "", "", "MISSING"),
        "twice.jpg": ("ant", "", "", "AMBIGUOUS"),
        "x/twice.jpg": ("", "", "", ""),
        "y/twice.jpg": ("bee", "", "", ""),
        str(outside): ("bee", "", "", ""),
    }
    assert [(problem.code, problem.params["count"]) for problem in found.problems] == [("TABLE_ROWS", 1)]


def test_a_table_that_speaks_of_little_does_not_rule(tmp_path: Path) -> None:
    root = folder_of(tmp_path, *(f"{kind}/{number}.jpg" for kind in ("ant", "bee") for number in range(5)))
    (root / "notes.csv").write_text("file,label\nant/0.jpg,blurred\nant/1.jpg,sharp\n")
    (root / "broken.csv").write_bytes(b"")
    assert contents(root).manner.layout == "classes"
    assert contents(root).manner.possible == ("classes", "table", "one_class", "flat")
    assert told(contents(root, wish=Wish("table")))["ant/0.jpg"][0] == "blurred"


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        (b"", {}, "empty"),
        (b"a,b\n1,2\n", {}, "no column holds names"),
        (b"path,label\nimg/a.jpg,ant\n", {"label": "species"}, "there is no column species; it has path, label"),
        (b"path,label\n" + b"x" * 200_000 + b",ant\n", {}, "field"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    content: bytes, columns: Mapping[str, str], said: str, tmp_path: Path
) -> None:
    (folder_of(tmp_path, *IMAGES) / "t.csv").write_bytes(content)
    with pytest.raises(UserError) as refused:
        contents(tmp_path, wish=Wish("table", "t.csv", columns))
    assert refused.value.code == "BAD_TABLE"
    assert said in refused.value.message


def test_names_of_any_bytes_are_found(tmp_path: Path) -> None:
    raw = tmp_path / "img" / b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    folder_of(tmp_path, "img/\u00fc.jpg", "img/n\u0303.jpg")
    raw.write_bytes(b"x")
    rows = ["path;label", "u\u0308.jpg;decomposed", "\u00f1.jpg;composed"]
    (tmp_path / "labels.csv").write_bytes("\n".join(rows).encode() + b"\ncaf\xe9.jpg;bytes")
    assert sorted(label for label, *_ in told(contents(tmp_path)).values()) == ["bytes", "composed", "decomposed"]
    (tmp_path / "labels.csv").write_bytes(b"path;label\ncaf\xe9.jpg;caf\xe9")
    found = contents(tmp_path, wish=Wish("table"))
    assert {label for label, *_ in told(found).values()} == {"", "caf\u00e9"}
