"""What the folders say: classes, parts, hidden files, each folder once."""

from pathlib import Path

import pytest

from core.data.found import Contents, Wish
from core.data.layout import contents
from core.errors import UserError


def tree(folder: Path, *paths: str) -> Contents:
    for path in paths:
        target = folder / path
        if path.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"x")
    return contents(folder)


def placed(found: Contents) -> dict[str, tuple[str, str]]:
    return {file.path: (file.part, file.label) for file in found.files}


def test_one_folder_for_each_class(tmp_path: Path) -> None:
    found = tree(tmp_path, "cat/a.jpg", "cat/below/deep/b.jpg", "dog/c.jpg", "loose.jpg", "empty/")
    assert placed(found) == {
        "cat/a.jpg": ("", "cat"),
        "cat/below/deep/b.jpg": ("", "cat"),
        "dog/c.jpg": ("", "dog"),
        "loose.jpg": ("", ""),
    }
    assert found.class_folders == ("cat", "dog", "empty")


@pytest.mark.parametrize(("name", "part"), [("val", "val"), ("valid", "val"), ("Validation", "val"), ("TEST", "test")])
def test_train_beside_another_part(name: str, part: str, tmp_path: Path) -> None:
    found = tree(tmp_path, "train/cat/a", f"{name}/cat/sub/b", "train/loose", f"{name}/dog/", "extra/c", "top")
    assert placed(found) == {
        "train/cat/a": ("train", "cat"),
        f"{name}/cat/sub/b": (part, "cat"),
        "train/loose": ("train", ""),
        "extra/c": ("", ""),
        "top": ("", ""),
    }
    assert found.class_folders == ("cat", "dog")


def test_classes_may_be_called_like_parts(tmp_path: Path) -> None:
    found = tree(tmp_path / "vehicles", "train/a", "car/b", "bus/c")
    assert placed(found) == {"bus/c": ("", "bus"), "car/b": ("", "car"), "train/a": ("", "train")}
    found = tree(tmp_path / "exams", "train/a", "test/b")
    assert placed(found) == {"test/b": ("", "test"), "train/a": ("", "train")}
    found = tree(tmp_path / "only train", "train/cat/a", "train/dog/b")
    assert placed(found) == {"train/cat/a": ("train", "cat"), "train/dog/b": ("train", "dog")}


def test_hidden_and_system_files_are_counted_only(tmp_path: Path) -> None:
    found = tree(
        tmp_path, "cat/a", ".DS_Store", "cat/Thumbs.db", "cat/._a", ".git/x/y", ".git/z", "__MACOSX/cat/a", "cat/.b/"
    )
    assert placed(found) == {"cat/a": ("", "cat")}
    assert found.hidden == 6
    (tmp_path / ".everything").symlink_to("/")
    assert contents(tmp_path).hidden == 7
    assert found.class_folders == ("cat",)


def test_each_folder_once_however_many_links(tmp_path: Path) -> None:
    data = tmp_path / "data"
    tree(data, "b/1", "b/sub/2")
    tree(tmp_path / "elsewhere", "3")
    (data / "a").symlink_to("b")  # comes first by name, but is not the real one
    (data / "b" / "up").symlink_to("..")
    (data / "b" / "sub" / "round").symlink_to(data / "b")
    (data / "c").symlink_to(tmp_path / "elsewhere")
    (data / "d").symlink_to(tmp_path / "elsewhere")
    (data / "e.jpg").symlink_to("b/1")
    found = contents(data)
    assert placed(found) == {"b/1": ("", "b"), "b/sub/2": ("", "b"), "c/3": ("", "c"), "e.jpg": ("", "")}
    assert found.class_folders == ("b", "c")


def test_a_very_deep_folder_is_walked_as_far_as_the_system_goes(tmp_path: Path) -> None:
    import os

    (tmp_path / "cat").mkdir()
    handle = os.open(tmp_path / "cat", os.O_RDONLY)
    for _ in range(30):
        os.mkdir("x" * 200, dir_fd=handle)
        below = os.open("x" * 200, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    found = contents(tmp_path)
    assert [file.problem for file in found.files] == ["NAME"]


@pytest.mark.parametrize(
    ("paths", "layout", "base"),
    [
        (("a.jpg", "b.jpg"), "flat", ""),
        (("set/a.jpg", "set/b.jpg"), "classes", ""),
        (("set/cat/a", "set/dog/b"), "classes", "set"),
        (("outer/inner/cat/a", "outer/inner/dog/b"), "classes", "outer/inner"),
        (("set/train/cat/a", "set/val/cat/b"), "parts", "set"),
        (("set/train/cat/a", "set/train/dog/a"), "parts", "set"),
        (("cat/2020/a", "cat/2021/b", "x.txt"), "classes", ""),
        (("cat/", "dog/"), "classes", ""),
        ((), "flat", ""),
    ],
)
def test_the_layout_is_found(paths: tuple[str, ...], layout: str, base: str, tmp_path: Path) -> None:
    found = tree(tmp_path, *paths)
    assert (found.manner.layout, found.manner.base) == (layout, base)
    if base:
        assert {file.label for file in found.files} == {"cat", "dog"} - ({"dog"} if "dog" not in str(paths) else set())


def test_a_folder_is_read_as_wished(tmp_path: Path) -> None:
    tree(tmp_path, "train/cat/a", "val/cat/b")
    labels = {
        "classes": {"train", "val"}, "parts": {"cat"}, "one_class": {tmp_path.name}, "flat": {""}
    }  # fmt: skip
    for layout, expected in labels.items():
        assert {file.label for file in contents(tmp_path, wish=Wish(layout)).files} == expected  # type: ignore[arg-type]
    with pytest.raises(UserError) as refused:
        contents(tmp_path, wish=Wish("table"))
    assert refused.value.code == "BAD_VALUE"
    assert "no table" in refused.value.message
