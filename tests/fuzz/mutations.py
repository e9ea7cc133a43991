"""Small damages done to whole things, drawn from one seeded generator: bytes, text, JSON, trees of files."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD_VALUES: tuple[Any, ...] = (
    None, True, "", "x", "nan", [], {}, [[]], -1, 0, 0.5, 2**70, -(2**70), 1e308, float("nan"), float("inf"),
    "\x00", "\udcff", "9" * 400, "../../etc/passwd", "=1+1", "<b>", "![n](http://x.example)", [1, [2, [3]]],
    {"a": {"b": {}}},
)  # fmt: skip
ODD_NAMES = (
    "a\u200bb", "A\u0308rger", "\u202egpj", "=1+1", "-rf", "con",
    " lead", "trail ", "a" * 200, "x\x1b[31m", "IMG_1",
    "2024-01-01", "%00", "~", "#", "'", '"', "`", "[x](y)", "..x", "x..", "🙂", "ﬁ", "Ａ",
)  # fmt: skip
ENCODINGS = ("utf-8-sig", "utf-16", "latin-1", "utf-7", "utf-32")


def damaged_bytes(rng: random.Random, data: bytes) -> bytes:
    """The bytes cut, flipped, doubled, filled with zeros, or with something put in."""
    if not data:
        return rng.randbytes(rng.randint(0, 40))
    at, width = rng.randrange(len(data)), rng.choice((1, 2, 8, 64, 4096))
    return rng.choice(
        (
            lambda: data[:at],
            lambda: data[at:],
            lambda: b"",
            lambda: (
                data[:at]
                + bytes(b ^ 1 << rng.randrange(8) for b in data[at : at + width])
                + data[at + width :]
            ),
            lambda: data[:at] + bytes(width) + data[at + width :],
            lambda: data[:at] + rng.randbytes(width) + data[at:],
            lambda: data[:at] + data[at : at + width] * 2 + data[at + width :],
            lambda: data[:at] + data[at + width :],
            lambda: data + data,
        )
    )()


def damaged_text(rng: random.Random, text: str) -> bytes:
    """A table's text with a cell, a row, the line ends, the quotes or the encoding made odd."""
    lines = text.splitlines()
    at = rng.randrange(len(lines))
    cells = lines[at].split(",")
    cell = rng.randrange(len(cells))

    def joined(*, end: str = "\n") -> bytes:
        return (end.join(lines) + end).encode("utf-8", "surrogatepass")

    def with_cell(value: str) -> bytes:
        cells[cell] = value
        lines[at] = ",".join(cells)
        return joined()

    def without_line() -> bytes:
        del lines[at]
        return joined()

    def twice() -> bytes:
        lines.insert(at, lines[at])
        return joined()

    odd = [str(v) for v in ODD_VALUES] + ['"open', "1,2,3", "a\rb", "1e999", "50%", "0,5", "x" * 100_000]
    return rng.choice(
        (
            lambda: with_cell(rng.choice(odd)),
            lambda: with_cell(rng.choice(odd)),
            lambda: with_cell(rng.choice(ODD_NAMES)),
            without_line,
            twice,
            lambda: joined(end="\r"),
            lambda: joined(end="\r\n"),
            lambda: joined().replace(b",", b";"),
            lambda: b"sep=,\n" + joined(),
            lambda: text.encode(rng.choice(ENCODINGS), "replace"),
            lambda: damaged_bytes(rng, joined()),
        )
    )()


def damaged_json(rng: random.Random, value: Any) -> bytes:
    """Plain data with one place of it replaced, taken away, renamed or doubled; or its bytes damaged."""
    if rng.random() < 0.15:
        return damaged_bytes(rng, json.dumps(value).encode())
    root = copy.deepcopy(value)
    place = root
    while isinstance(place, dict | list) and place:
        key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
        inner = place[key]
        if not (isinstance(inner, dict | list) and inner) or rng.random() < 0.4:
            _change(rng, place, key)
            break
        place = inner
    text = json.dumps(root)
    return text.encode("utf-8-sig" if rng.random() < 0.05 else "utf-8", "surrogatepass")


def _change(rng: random.Random, place: Any, key: Any) -> None:
    deed = rng.random()
    if deed < 0.65:
        place[key] = copy.deepcopy(rng.choice(ODD_VALUES))
    elif deed < 0.8:
        del place[key]
    elif isinstance(place, dict):
        place[rng.choice(ODD_NAMES)] = place.pop(key)
    else:
        place.append(copy.deepcopy(place[key]))


def damaged_tree(rng: random.Random, root: Path) -> str:
    """One deed done to one file or folder under `root`; what was done, in words."""
    places = sorted(p for p in root.rglob("*") if not p.is_symlink())
    path = rng.choice(places)
    deeds = _TO_FOLDERS if path.is_dir() else _TO_FILES
    name = rng.choice(sorted(deeds))
    deeds[name](rng, path)
    return f"{name} {path.relative_to(root)}"


def _renamed(rng: random.Random, path: Path) -> None:
    name = rng.choice(ODD_NAMES)
    path.rename(path.with_name(name + path.suffix if rng.random() < 0.8 else name))


def _not_utf8(_: random.Random, path: Path) -> None:
    path.rename(path.with_name(os.fsdecode(b"\xff\xe9") + path.suffix))


def _replaced(rng: random.Random, path: Path) -> None:
    path.write_bytes(damaged_bytes(rng, path.read_bytes()))


def _empty(_: random.Random, path: Path) -> None:
    path.write_bytes(b"")


def _as_link_onto_itself(_: random.Random, path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _as_dead_link(_: random.Random, path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere" + path.suffix)


def _as_link_out(_: random.Random, path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def _as_folder(_: random.Random, path: Path) -> None:
    path.unlink()
    path.mkdir()


def _as_pipe(_: random.Random, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _other_suffix(rng: random.Random, path: Path) -> None:
    path.rename(path.with_suffix(rng.choice((".txt", ".PNG", ".mp4", ".webp", ".gif", ".wav", "", ".jpeg"))))


def _copied(rng: random.Random, path: Path) -> None:
    folders = [p for p in path.parent.parent.iterdir() if p.is_dir() and not p.is_symlink()]
    (rng.choice(folders) / f"{path.stem}_copy{path.suffix}").write_bytes(path.read_bytes())


def _moved_up(_: random.Random, path: Path) -> None:
    path.rename(path.parent.parent / path.name)


def _with_loop_inside(_: random.Random, path: Path) -> None:
    (path / "loop").symlink_to(path)


def _with_self_link_inside(_: random.Random, path: Path) -> None:
    (path / "self").symlink_to("self")


def _deeper(_: random.Random, path: Path) -> None:
    inner = path.with_name("in-between")
    path.rename(inner)
    path.mkdir()
    inner.rename(path / "inner")


def _with_strangers(rng: random.Random, path: Path) -> None:
    for suffix in rng.sample((".txt", ".wav", ".docx", ".zip", ".json", ".url", ".m3u8"), 3):
        (path / f"stranger{suffix}").write_bytes(rng.randbytes(20))


_TO_FILES: dict[str, Callable[[random.Random, Path], None]] = {
    "renamed": _renamed, "named without UTF-8": _not_utf8, "damaged": _replaced, "emptied": _empty,
    "made a link onto itself": _as_link_onto_itself, "made a dead link": _as_dead_link,
    "made a link out": _as_link_out, "made a folder": _as_folder, "made a pipe": _as_pipe,
    "given another suffix": _other_suffix, "copied": _copied, "moved up": _moved_up,
}  # fmt: skip
_TO_FOLDERS: dict[str, Callable[[random.Random, Path], None]] = {
    "renamed": _renamed, "named without UTF-8": _not_utf8, "given a loop": _with_loop_inside,
    "given a link onto itself": _with_self_link_inside, "pushed deeper": _deeper,
    "given strangers": _with_strangers,
}  # fmt: skip
