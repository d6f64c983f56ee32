"""From a name in a table to the file that is meant, as people write them: relative or whole, with either slash, bare,
without the suffix, with folders in front that are not here."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath


class Finder:
    """Looks among the `paths` of a folder, relative to it with `/`. The table itself lies in the folder `beside`, also
    relative. `encoding` is the table's, for names that are no text."""

    def __init__(self, root: Path, paths: Iterable[str], beside: str = "", encoding: str = "utf-8") -> None:
        self._root = os.path.realpath(root)
        self._beside = f"{beside}/" if beside else ""
        self._encoding = encoding
        self._paths = set(paths)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in self._paths:
            name = _plain(path.rpartition("/")[2])
            self._by_name[name].append(path)
            stem = name.rpartition(".")[0]
            if stem:
                self._by_name[f"{stem}."].append(path)  # no file's name ends in a dot here

    def find(self, text: str) -> list[str]:
        """Those that may be meant: one where it is clear, none, or several of the same name."""
        for said in dict.fromkeys((text, text.strip(), self._as_bytes(text))):
            if found := self._found(said):
                return found
        return []

    def outside(self, text: str) -> str | None:
        """The whole path of a file that the name leads to outside the folder, if there is one."""
        path = os.path.join(self._root, self._beside, text.strip().replace("\\", "/"))
        return os.path.normpath(path) if os.path.isfile(path) else None  # noqa: PTH113

    def _found(self, text: str) -> list[str]:
        for said in (text, text.replace("\\", "/")):
            relative = self._relative(said)
            for path in (os.path.normpath(self._beside + relative), os.path.normpath(relative)):
                if path in self._paths:
                    return [path]
        name = _plain(PureWindowsPath(text).name if "\\" in text else text.rpartition("/")[2])
        same_name = self._by_name.get(name) or self._by_name.get(f"{name}.") or []
        if len(same_name) > 1:
            return self._closest(same_name, text)
        return list(same_name)

    def _relative(self, text: str) -> str:
        """A whole path within the folder as seen from it."""
        real = os.path.realpath(text) if os.path.isabs(text) else ""  # noqa: PTH117
        return os.path.relpath(real, self._root) if real.startswith(self._root + os.sep) else text

    def _closest(self, paths: list[str], text: str) -> list[str]:
        """Those that share most of the last folders with the name."""
        wanted = [_plain(part) for part in text.replace("\\", "/").split("/")][::-1]

        def shared(path: str) -> int:
            parts = [_plain(part) for part in path.split("/")][::-1]
            same = [one == other for one, other in zip(parts[1:], wanted[1:], strict=False)]
            return [*same, False].index(False)

        most = max(map(shared, paths))
        return sorted(path for path in paths if shared(path) == most)

    def _as_bytes(self, text: str) -> str:
        try:
            return os.fsdecode(text.encode(self._encoding))
        except UnicodeEncodeError:
            return text


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
