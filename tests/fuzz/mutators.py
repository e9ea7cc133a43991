"""What fuzz tests share: how many mutations of each kind, seeded, and what may come of one.

``FUZZ_TIMES=10 FUZZ_SEED=1`` makes ten times as many, and others.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from fer_core.base.errors import FerError

T = TypeVar("T")

COUNTS = {
    "trees": 540,
    "pictures": 300,
    "tables": 400,
    "runs": 300,
    "bundles": 250,
    "image bundles": 150,
    "stores": 300,
    "videos": 300,
    "commands": 60,
}
"""Mutations of each kind of input."""
TIMES, SEED = int(os.environ.get("FUZZ_TIMES", "1")), os.environ.get("FUZZ_SEED", "0")
LONGEST = 60
"""Seconds that a mutation may take on a busy machine; nearly all take milliseconds."""

PIECES = (
    b"\0",
    b'"',
    b"\r",
    b"\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b",",
    b";",
    b"=1+1",
    b"9" * 400,
    b"nan",
    b"-1",
    b"1e400",
    b"\xfc",
    b"../",
    b"\x1b[31m",
    b"[" * 5000,
    b'{"a":' * 3000,
    b"\xff" * 8,
    b"\x7f\xff\xff\xff",
    bytes(64),
    b"\xe2\x80\xae",
)
"""What is put in somewhere."""


class Slow(BaseException):
    """Raised where a mutation takes longer than `LONGEST`; nothing that is tested catches it."""


def cases(kind: str, among: int = 1) -> Iterator[tuple[str, random.Random]]:
    """The mutations of a kind, each with its name and its own generator; ``among`` tests share them."""
    for number in range(COUNTS[kind] * TIMES // among):
        name = f"{kind} {SEED}/{number}"
        yield name, random.Random(name)


def every(kind: str, one: Callable[[str, random.Random], bool], among: int = 1, named: str = "") -> float:
    """The share of a kind's mutations that worked (``one`` says so); fails with all that is wrong in any."""
    worked, wrong = [], []
    for case, rng in cases(kind, among):
        try:
            worked.append(one(f"{case} {named}".strip(), rng))
        except (AssertionError, Slow) as error:
            wrong.append(str(error)[:600])
    assert not wrong, f"{len(wrong)} of them:\n" + "\n".join(wrong[:40])
    return sum(worked) / len(worked)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Bits flipped, a part cut off, put in, doubled, taken out or moved, or another encoding."""
    at, to = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    to = min(to, at + rng.choice([1, 4, 64, 4096]))
    how = rng.randrange(10)
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + rng.choice(PIECES) + data[to:]
    if how == 2:
        return data[:to] + data[at:]
    if how == 3:
        return data[:at] + data[to:]
    if how == 4:
        return data[at:to] + data[:at] + data[to:]
    if how == 5:
        return swapped(data, rng)
    if how == 6:
        return rng.choice([b"", data[:1], data.decode("latin-1").encode(rng.choice(["utf-16", "utf-8", "utf-7"]))])
    if how == 7:
        return data[:at] + rng.choice(PIECES) + data[at:]
    flipped = bytearray(data)
    for _ in range(rng.choice([1, 2, 8]) if flipped else 0):
        flipped[rng.randrange(len(flipped) if how == 8 else min(64, len(flipped)))] ^= 1 << rng.randrange(8)
    return bytes(flipped)


def swapped(data: bytes, rng: random.Random) -> bytes:
    """Two fields, as separators of text part them, in each other's place, or one of another kind."""
    fields = list(re.finditer(rb"[^,;:\n\t{}\[\] ]+", data[:200_000]))
    if len(fields) < 2:
        return data[::-1]
    one, other = sorted(rng.sample(fields, 2), key=lambda m: m.start())
    if rng.random() < 0.6:
        return data[: one.start()] + rng.choice(PIECES) + data[one.end() :]
    return data[: one.start()] + other[0] + data[one.end() : other.start()] + one[0] + data[other.end() :]


def plain_of(data: bytes) -> Any:
    """The groups and lists of a JSON file; None where it is none."""
    try:
        return found if isinstance(found := json.loads(data), dict | list) else None
    except (ValueError, RecursionError):
        return None


def files(root: Path) -> list[Path]:
    """The regular files below, in order."""
    return sorted(p for p in root.rglob("*") if not p.is_symlink() and p.is_file())


FOLDERS = ("happy", "sad", "Calm", "unlabelled", "more/deeper", "Train", "IMG_1", "AN", "ö", "again")
STRANGERS = ("x.wav", "notes.txt", "trailer.mp4", "cover.png", "subjects.csv", "noext", "session.xml")
LETTERS = (b"", b"_", "é".encode(), b"\xfc", b"\n", b"\xe2\x80\x8b", b"=", b"9", b" ", b"A", b"'", b"\x1b")


def disturb(root: Path, rng: random.Random, first: Callable[[Path], bool] = lambda file: False) -> None:
    """One file below damaged, renamed, moved, copied, removed or replaced (`replaced`), or another one added.

    Files of which ``first`` is true are chosen more often.
    """
    found = files(root)
    if not found:
        return
    wanted = [f for f in found if first(f)]
    file = rng.choice(wanted if wanted and rng.random() < 0.7 else found)
    how = rng.randrange(14)
    if how < 6:
        file.write_bytes(damaged(file.read_bytes(), rng))
    elif how < 8:
        name = os.fsencode(file.name)
        at = rng.randrange(len(name))
        new = (name[:at] + rng.choice(LETTERS) + name[at + rng.randrange(2) :]).strip(b"./")[:200]
        if new and not new.startswith(b"."):
            file.rename(file.with_name(os.fsdecode(new)))
    elif how < 10:
        folder = root / rng.choice(FOLDERS)
        folder.mkdir(parents=True, exist_ok=True)
        if file.parent != folder:
            (shutil.move if how == 8 else shutil.copy)(file, folder / file.name)
    elif how == 10:
        (root / rng.choice(STRANGERS)).write_bytes(rng.choice([b"", b"x", b"clip,subject\n1,", bytes(18), b'a,"b\n']))
    elif how == 11:
        (root / f"link{rng.randrange(10**6)}").symlink_to(rng.choice([root, root.parent / "nowhere"]))
    else:
        file.unlink()
        replaced(file, rng)


def replaced(file: Path, rng: random.Random) -> None:
    """Something else in the place of a file that is gone, or nothing."""
    how = rng.randrange(4)
    if how == 0:
        file.symlink_to(rng.choice([file.name, "/etc/passwd", "nothing", ".."]))
    elif how == 1:
        file.mkdir()
    elif how == 2:
        os.mkfifo(file)


def tried(case: str, names: Collection[str | Path], what: Callable[..., T], *given: Any, **more: Any) -> T | None:
    """What a call gives; None where it says in one sentence, which names one of ``names``, why it cannot.

    Any other error, and more than `LONGEST` seconds, fails the test with the name of the case.
    """

    def late(*_: object) -> None:
        raise Slow(f"{case}: more than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST)
    try:
        return what(*given, **more)
    except FerError as error:
        said = str(error)
        assert said.endswith(".") and "\n" not in said, (case, said)
        assert any(str(name) in said for name in names) or not names, (case, said)
        return None
    except Exception as error:
        raise AssertionError(f"{case}: {type(error).__name__}: {error}") from error
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
