"""Run folders: state, progress and cancelling of work that goes on in a process of its own.

A run folder belongs to one process, which writes `status.json`; everybody else only reads it,
and asks for a stop by putting a file named `cancel` there. So the work outlives a closed tab or
a restarted server.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from annotated_types import Ge, Le

from fer_core.base.errors import Cancelled, FerError, PathError
from fer_core.base.paths import REPOSITORY, runs_dir
from fer_core.base.processes import is_alive, process_of, terminate
from fer_core.base.progress import seconds_left
from fer_core.files import shapes, whole_files
from fer_core.files.containment import inside, stays
from fer_core.files.shapes import Amount, Count, Finite, Text

State = Literal["queued", "running", "done", "failed", "cancelled", "lost"]

ACTIVE: tuple[State, ...] = ("queued", "running")
STALE_AFTER = 120.0
"""Seconds after which a run that was asked for and whose process has said nothing counts as lost."""

STATUS, CANCEL, EVENTS, LOG, LOCK = "status.json", "cancel", "events.jsonl", "log.txt", "lock"
_MOST_STATUS = 1_000_000


@dataclass(frozen=True)
class Status:
    """Where a run stands. Times are seconds since 1970.

    ``born`` and ``command`` say which process ``pid`` was (`fer_core.base.processes`), so that another one which
    was given the same number later is not taken for it; 0 and empty are unknown. ``uptime`` is the heartbeat
    once more in seconds since the machine started, which no clock that is set moves; 0 is unknown.
    ``started`` is when the piece of work began that ``step`` counts, ``began`` when the process was asked
    for; 0 is unknown. The types are held against what is read (`fer_core.files.shapes`).
    """

    state: State = "queued"
    step: Amount = 0
    total: Amount = 0
    text: Text = ""
    started: Amount = 0.0
    heartbeat: Amount = 0.0
    pid: Annotated[int, Ge(0), Le(2**31 - 1)] = 0
    born: Count = 0
    error: Text | None = None
    began: Amount = 0.0
    command: Text = ""
    uptime: Finite = 0.0

    @property
    def active(self) -> bool:
        """Whether it is still going on."""
        return self.state in ACTIVE

    @property
    def readable(self) -> bool:
        """Whether its folder says where it stands; ``error`` says why not."""
        return self.state != "lost" or self.heartbeat > 0

    def lasted(self, now: float | None = None) -> float | None:
        """Seconds from when the process was asked for until now, or until it ended; None where unknown."""
        if not self.began:
            return None
        end = (time.time() if now is None else now) if self.active else self.heartbeat
        return max(0.0, end - self.began)

    def seconds_left(self, now: float | None = None) -> float | None:
        """Estimated seconds left at the mean speed so far; None before the first step."""
        return seconds_left(self.started, self.step, self.total, time.time() if now is None else now)


class RunFolder:
    """The writing side: the process that does the work owns one.

    Calling it is a `Progress`: it stores where the work stands and raises `Cancelled` when a stop
    was asked for. Raises `PathError` where another process is at work in the folder, or once the folder
    is gone.
    """

    min_interval = 0.3  # seconds between two writes of the status; a page polls once a second

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        _lock(folder)
        asked, own = _stored(folder), process_of(os.getpid())
        began = asked.began if asked is not None and asked.state == "queued" else 0.0
        self._status = Status(
            "running",
            started=time.time(),
            pid=os.getpid(),
            born=own.born if own else 0,
            began=began or time.time(),
            command=own.command if own else "",
        )
        self._written = 0.0
        self._save()

    def __call__(self, done: float, total: float, text: str) -> None:
        """Note progress; raises `Cancelled` if a stop was asked for."""
        fresh = total != self._status.total or done < self._status.step  # another piece of work
        started = time.time() if fresh else self._status.started
        self._status = replace(self._status, step=done, total=total, text=text, started=started)
        if (self.folder / CANCEL).exists():
            raise Cancelled()
        if time.monotonic() - self._written >= self.min_interval or done >= total:
            self._save()

    def event(self, record: dict[str, Any]) -> None:
        """Append one record to events.jsonl."""
        with (self.folder / EVENTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def finish(self, error: BaseException | None = None) -> None:
        """Note how it ended: done, cancelled, or failed with a sentence."""
        stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
        state: State = "done" if error is None else "cancelled" if stopped else "failed"
        said = None if error is None or stopped else _sentence(error)
        self._status = replace(self._status, state=state, error=said)
        try:
            self._save()
        finally:
            _unlock(self.folder)

    def _save(self) -> None:
        self._written = time.monotonic()
        self._status = replace(self._status, heartbeat=time.time(), uptime=self._written)
        try:
            (self.folder / LOCK).stat()  # gone with the folder, which other work may have made anew since
            whole_files.write_text(self.folder / STATUS, json.dumps(asdict(self._status)))
        except FileNotFoundError as error:
            raise PathError(
                "the run's folder was removed while it was at work",
                where=str(self.folder),
                fix="start it again; results that were stored elsewhere are still there",
            ) from error


def _sentence(error: BaseException) -> str:
    if isinstance(error, FerError):
        return str(error)
    if isinstance(error, OSError):
        return whole_files.sentence_of(error)
    kind = f"{type(error).__name__}: {error}"
    return f"Something unexpected went wrong ({kind}); the log in the run folder has the details."


def start(arguments: Sequence[str], folder: Path) -> Path:
    """Start ``python -m fer_core ARGUMENTS`` detached, its output in log.txt; returns the folder.

    Raises `PathError` where a process is at work in the folder already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _lock(folder)
    try:
        asked = Status(heartbeat=time.time(), began=time.time(), uptime=time.monotonic())
        whole_files.write_text(folder / STATUS, json.dumps(asdict(asked)))
    finally:
        _unlock(folder)
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "fer_core", *arguments],
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    _CHILDREN[folder] = process
    return folder


# What this process started: polled, so that ended children leave no zombies.
_CHILDREN: dict[Path, subprocess.Popen[bytes]] = {}


def read_status(folder: Path) -> Status:
    """The status of a run; "lost" where its process died without a word."""
    ended = _ended_before_it_began(folder)
    try:
        status = _read(folder)
        if _gone(status, ended):
            status = _read(folder)  # what it wrote last, should it have ended between the two looks
    except PathError as error:
        return Status("lost", error=str(error))
    if _gone(status, ended):
        if (folder / CANCEL).exists():
            return replace(status, state="cancelled")
        return replace(status, state="lost", error="The process ended without a word; see the log.")
    return status


def _gone(status: Status, ended: bool) -> bool:
    """Whether a run that has not noted its end has no process; ``ended``: one that was started is over."""
    if not status.active:
        return False
    if status.pid:
        return not is_alive(status.pid, status.born, status.command)
    if status.uptime:
        silent = time.monotonic() - status.uptime  # below 0: of before the machine started
        return ended or not 0 <= silent <= STALE_AFTER
    return ended or not -STALE_AFTER <= time.time() - status.heartbeat <= STALE_AFTER


def _read(folder: Path) -> Status:
    """Raises `PathError` where it is not there, or another program wrote something else in its place."""
    return shapes.read(
        folder / STATUS, Status, what="status of the run", limit=_MOST_STATUS, fix="see its log, or delete the run"
    )


def _stored(folder: Path) -> Status | None:
    try:
        return _read(folder)
    except PathError:
        return None


def _ended_before_it_began(folder: Path) -> bool:
    """Whether a child started for this folder is over; asked before its status is read."""
    over = [known for known, child in list(_CHILDREN.items()) if child.poll() is not None]
    for known in over:
        if known != folder:  # the folder asked about keeps its child, so that it stays known as over
            _CHILDREN.pop(known, None)  # another session's thread may have been faster
    return folder in over


def request_cancel(folder: Path) -> None:
    """Ask a run to stop; it does so at its next step."""
    (folder / CANCEL).touch()


def stop_now(folder: Path) -> None:
    """End a run that was asked to stop and does not: its process and those it started.

    Nobody else is ever signalled: `fer_core.base.processes.terminate`.
    """
    request_cancel(folder)
    status = read_status(folder)
    if status.active and status.pid:
        terminate(status.pid, status.born, status.command)
    elif status.active and (child := _CHILDREN.get(folder)) is not None and child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGTERM)  # ours, and not yet waited for: its number is still its own


def read_events(folder: Path, since: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events stored after byte ``since``, and the position to continue from.

    Lines that are no event (half a line that a full disk left, say) are passed over.
    """
    try:
        with shapes.regular(folder / EVENTS).open("rb") as file:
            file.seek(since)
            data = file.read(shapes.MOST_BYTES)
    except OSError:
        return [], since
    whole = data[: data.rfind(b"\n") + 1]
    return [e for line in whole.splitlines() if (e := _event(line)) is not None], since + len(whole)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        found = shapes.loads(line, what="event", fix="")
    except PathError:
        return None
    return found if isinstance(found, dict) else None


def read_log(folder: Path, lines: int = 40) -> str:
    """The last lines of a run's log."""
    try:
        file = shapes.regular(inside(folder, folder / LOG))
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"The log cannot be read: {error.strerror or error}."
    return "\n".join(text.splitlines()[-lines:])


def new_run_folder(prefix: str) -> Path:
    """A fresh folder under the runs folder, named by kind, time and a counter."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for n in range(1000):
        folder = runs_dir() / (f"{prefix}-{stamp}" + (f"-{n}" if n else ""))
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise PathError("no free run folder name was found", where=str(runs_dir()), fix="delete old runs")


def list_runs(prefix: str = "train") -> list[Path]:
    """Run folders of one kind, newest first."""
    root = runs_dir()
    found = (p for p in root.glob(f"{prefix}-*") if not p.is_symlink() or stays(root, p))
    return sorted((p for p in found if _has_status(p)), reverse=True)


def _has_status(folder: Path) -> bool:
    """Whether it is a run's folder; one whose status is there and no use is too: `read_status` says why."""
    try:
        (folder / STATUS).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # not to be looked into
        return True
    return True


def find_run(name: str) -> Path | None:
    """The run folder of that name, or None; neither names that are paths are found, nor links out."""
    root = runs_dir()
    return next((p for p in root.iterdir() if p.name == name and stays(root, p)), None)


def find_run_of(prefix: str, name: str | None) -> Path | None:
    """The run folder of that name if it is a run of this kind, else None."""
    folder = find_run(name) if name and name.startswith(f"{prefix}-") else None
    return folder if folder is not None and _has_status(folder) else None


def newest_active(prefix: str) -> Path | None:
    """The newest run of one kind that is still going, whoever started it."""
    return next((f for f in list_runs(prefix) if read_status(f).active), None)


def delete_run(folder: Path) -> None:
    """Remove a finished run's folder. Raises `PathError` for a run still going or a foreign folder."""
    if folder.resolve().parent != runs_dir():
        raise PathError("this is no run folder", where=str(folder), fix="choose a run from the list")
    if read_status(folder).active:
        raise PathError("the run is still going", where=folder.name, fix="stop it first")
    shutil.rmtree(folder)


# Locks that this process holds: opened once each, because closing any copy of a file gives its lock away.
_LOCKS: dict[Path, IO[bytes]] = {}


def _lock(folder: Path) -> None:
    """Claim a run folder for this process until it ends. Raises `PathError` where another one has it."""
    if folder.resolve() in _LOCKS:
        (folder / LOCK).touch()
        return
    file = (folder / LOCK).open("ab")
    try:
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        file.close()
        raise PathError(
            "it is still going on, in another process", where=folder.name, fix="cancel it first, or wait for its end"
        ) from error
    except (OSError, ImportError):  # a file system or a system without such locks
        file.close()
        return
    _LOCKS[folder.resolve()] = file


def _unlock(folder: Path) -> None:
    if (file := _LOCKS.pop(folder.resolve(), None)) is not None:
        file.close()
