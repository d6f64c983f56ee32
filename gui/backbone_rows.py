"""The rows of the Backbone page: what the engine told of each network, and how that is said. Knows no widgets."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gui import facts, words
from gui.words import QT_TRANSLATE_NOOP, translate

if TYPE_CHECKING:
    from gui.session import Session

Row = Mapping[str, Any]
BYTES_PER_WEIGHT = 4
# What the licence of the weights allows: an icon, its colour's role, and words.
LICENCE_USES: Mapping[str, tuple[str, str, str]] = {
    "free": ("", "text", ""),
    "own_terms": ("terms", "careful", QT_TRANSLATE_NOOP("Words", "own terms: read them")),
    "no_commerce": ("no-commerce", "bad", QT_TRANSLATE_NOOP("Words", "no commercial use")),
    "unstated": ("terms", "quiet", QT_TRANSLATE_NOOP("Words", "licence not stated")),
}
WAYS: Mapping[str, str] = {
    "fp32": QT_TRANSLATE_NOOP("Words", "torch, fp32"),
    "bf16": QT_TRANSLATE_NOOP("Words", "torch, bf16"),
    "fp16": QT_TRANSLATE_NOOP("Words", "torch, fp16"),
    "onnx": QT_TRANSLATE_NOOP("Words", "ONNX Runtime"),
}


def short_list(session: "Session") -> list[Row]:
    """The short list and what is here."""
    return list((session.result("list_backbones") or {}).get("backbones", ()))


def whole_table(session: "Session") -> list[Row]:
    """All that the libraries publish, as far as it was read; what is here as it stands now."""
    fresh = {row["name"]: row for row in short_list(session)}
    read = list((session.result("read_catalogue") or {}).get("backbones", ()))
    rows = [{**row, **_state(fresh[row["name"]])} if row["name"] in fresh else row for row in read]
    known = {row["name"] for row in read}
    return [*rows, *(row for row in fresh.values() if row["name"] not in known)]


def _state(row: Row) -> Row:
    return {key: row.get(key) for key in ("local", "origin", "partial", "speed", "default")}


def unknown(name: str) -> Row:
    """A row for a name that was typed: timm may know it though the table does not."""
    return {
        "name": name, "title": name, "why": "", "family": "", "source": "timm", "parameters": 0, "image_size": 0,
        "recommended": False, "licence": "", "licence_use": "unstated", "accuracy": None, "local": False, "origin": "",
    }  # fmt: skip


def named(session: "Session", name: str) -> Row | None:
    """The row of that name as it stands now."""
    return next((row for row in whole_table(session) if row["name"] == name), None)


def in_use(session: "Session") -> Row | None:
    """What will be used, or would be were it here."""
    return facts.backbone(session) or named(session, str(session.recipe.backbone.name))


def variant_of(usual: Row, name: str) -> Row:
    """A row for other weights of the `usual` network, of which the table does not tell."""
    title = f"{str(usual.get('title', name)).partition(' (')[0]} ({name.partition('.')[2]})"
    kept = {key: usual.get(key, 0) for key in ("parameters", "image_size")}
    return {**unknown(name), "title": title, "family": usual.get("family", ""), **kept, "why": usual.get("why", "")}


def why_text(row: Row) -> str:
    """When to choose it; only what is on the short list has such a sentence."""
    return translate("Backbones", str(row["why"])) if row["why"] else ""


def about_text(row: Row) -> str:
    """When to choose it, and the facts, for the why panel."""
    lines = [
        why_text(row),
        translate("BackbonePage", "{count} weights; looks at {size} × {size} pixels.").format(
            count=words.count(int(row["parameters"])), size=row["image_size"]
        ),
        translate("BackbonePage", "Licence of the weights: {licence}.").format(licence=licence_text(row) or "?"),
        translate("BackbonePage", "Known as {name} in {source}.").format(name=row["name"], source=row["source"]),
    ]
    return "\n\n".join(lines)


def preparation_text(row: Row) -> str:
    """`bicubic, the middle 88 %`: how the authors prepared pictures; nothing where nobody says."""
    told = row.get("published") or {}
    parts = [str(told["interpolation"])] if told.get("interpolation") else []
    if told.get("crop"):
        share = words.percent(float(told["crop"]))
        parts.append(translate("Words", "the middle {share}").format(share=share) if told["crop"] != 1 else share)
    return ", ".join(parts)


def download_bytes(row: Row) -> int:
    """As the library tells, else four bytes for each number; 0 where neither is known."""
    return int(row.get("download_bytes") or 0) or BYTES_PER_WEIGHT * int(row["parameters"])


def download_text(row: Row) -> str:
    """`47 MB`, or `about 45 MB` where it is reckoned."""
    size = download_bytes(row)
    if not size:
        return ""
    text = words.bytes_text(size)
    return text if row.get("download_bytes") else translate("Words", "about {size}").format(size=text)


def download_short(row: Row) -> str:
    """The same for a column: `47 MB` or `≈ 45 MB`; nothing for what is here."""
    size = 0 if row["local"] else download_bytes(row)
    return f"{'' if row.get('download_bytes') else '≈ '}{words.bytes_text(size)}" if size else ""


def place_text(row: Row) -> str:
    """`on this machine`, `18 MB of 47 MB are here`, or `to download, about 45 MB`."""
    if row["local"]:
        return translate("Words", "on this machine")
    partial = row.get("partial")
    if partial:
        done, total = words.bytes_text(int(partial["done"])), words.bytes_text(int(partial["total"]))
        return translate("Words", "{done} of {total} are here").format(done=done, total=total)
    size = download_text(row)
    return translate("Words", "to download, {size}").format(size=size) if size else translate("Words", "to download")


def place_icon(row: Row) -> tuple[str, str]:
    """The icon and its colour's role."""
    if row["local"]:
        return "ready", "good"
    return ("pause", "careful") if row.get("partial") else ("download", "quiet")


def licence_text(row: Row) -> str:
    """The licence's name and what it forbids: `cc-by-nc-4.0: no commercial use`."""
    use = words.say(LICENCE_USES[str(row.get("licence_use", "free"))][2])
    name = "" if row.get("licence") in (None, "unknown", "other") else str(row["licence"])
    return f"{name}: {use}" if name and use else name or use


def milliseconds(row: Row) -> float | None:
    speed = row.get("speed")
    return float(speed["milliseconds"]) if speed else None


def milliseconds_text(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def speed_text(row: Row) -> str:
    """`1.4 ms a picture here (torch, bf16)`; nothing where it was not measured."""
    value = milliseconds(row)
    if value is None:
        return ""
    way = words.say(WAYS.get(str(row["speed"]["way"]), str(row["speed"]["way"])))
    return translate("Words", "{time} ms a picture here ({way})").format(time=milliseconds_text(value), way=way)


def why_speed(row: Row) -> str:
    """What each way of computing features gave on this machine, a line each."""
    lines: list[str] = []
    for one in (row.get("speed") or {}).get("ways", ()):
        line = translate("Words", "{way}: {rate} pictures a second").format(
            way=words.say(WAYS.get(one["way"], one["way"])), rate=words.count(round(one["rate"]))
        )
        if not one["right"]:
            line += translate("Words", ", not used: its features differ (cosine {cosine})").format(cosine=one["cosine"])
        lines.append(line)
    return "\n".join(lines)


def families(rows: Sequence[Row]) -> list[str]:
    return sorted({str(row["family"]) for row in rows if row["family"]}, key=str.casefold)
