"""Names of classes that mirroring or turning would make wrong."""

from gui.sides import mirrored, turned


def test_names_with_sides_letters_and_digits_are_found() -> None:
    names = ["left_hand", "RightFoot", "bright", "copyright", "3", "B", "A", "road signs", "左", "gauche", "12"]
    assert mirrored(names) == ["left_hand", "RightFoot", "3", "B", "road signs", "左", "gauche", "12"]


def test_names_that_are_another_upside_down() -> None:
    assert turned(["top_view", "Bottom", "updated", "6", "9", "0", "x", "A", "stop"]) == [
        "top_view",
        "Bottom",
        "6",
        "9",
        "A",
    ]
