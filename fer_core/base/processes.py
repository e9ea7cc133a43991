"""Which process is which: a number alone may have been given to another one since.

A process is known by its number, by when it began, in the system's own ticks, which no clock that is set
moves, and by its command line. All three together are one process for as long as the machine runs.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

_LINUX = sys.platform.startswith("linux")
_MOST = 2**31 - 1
"""Above every system's largest process number."""


@dataclass(frozen=True)
class Process:
    """A process as the system tells of it.

    Attributes
    ----------
    pid : int
        Its number.
    born : int
        When it began: ticks since the machine started on Linux, milliseconds since 1970 elsewhere.
    command : str
        A hash of its command line; empty where the system does not tell it.
    """

    pid: int
    born: int
    command: str


def process_of(pid: int) -> Process | None:
    """Who has this number now; None for nobody, a zombie, and for what is no process number."""
    if isinstance(pid, bool) or not isinstance(pid, int) or not 0 < pid <= _MOST:
        return None
    return _by_proc(pid) if _LINUX else _by_psutil(pid)


def is_alive(pid: int, born: int, command: str = "") -> bool:
    """Whether a noted process still runs; what was not noted of it (0, empty) is not compared."""
    now = process_of(pid)
    return now is not None and born in (0, now.born) and command in ("", now.command)


def terminate(pid: int, born: int, command: str) -> bool:
    """Ask a process, and those in a session of its own, to end; returns whether it was asked.

    Nobody is asked unless number, time of birth and command line are all those noted. Its group is asked
    only where the process began a session of its own, so that everybody in it descends from it.
    """
    if not born or not command or not is_alive(pid, born, command):
        return False
    with suppress(ProcessLookupError, PermissionError):
        if os.getsid(pid) == pid == os.getpgid(pid) != os.getpgrp():
            os.killpg(pid, signal.SIGTERM)
        else:
            os.kill(pid, signal.SIGTERM)
        return True
    return False


def _by_proc(pid: int) -> Process | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return None
    # Of the fields behind the name, the state is the first and the time of birth the twentieth.
    return None if fields[0] in (b"Z", b"X") else Process(pid, int(fields[19]), _hash(command))


def _by_psutil(pid: int) -> Process | None:
    import psutil

    try:
        found = psutil.Process(pid)
        if found.status() == psutil.STATUS_ZOMBIE:
            return None
        born = round(found.create_time() * 1000)
        try:
            command = _hash("\0".join(found.cmdline()).encode("utf-8", "surrogateescape"))
        except psutil.AccessDenied:  # somebody else's
            command = ""
        return Process(pid, born, command)
    except psutil.Error:
        return None


def _hash(command: bytes) -> str:
    return blake2b(command, digest_size=8).hexdigest() if command else ""
