"""What is printed never costs a result: closed pipes, full disks, terminals that lack a letter."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from fer_core.base.text import for_terminal
from fer_core.files.whole_files import sentence_of

BROKEN_PIPE = 141
"""Exit status of a command whose reader has gone, as in ``| head -1``: 128 and the number of SIGPIPE."""


def open_streams() -> None:
    """Make the three streams usable: closed ones lead nowhere, and letters that one lacks are escaped.

    A closed descriptor would be given to the next file that is opened, and then be printed into.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    while nowhere <= 2:
        nowhere = os.dup(nowhere)
    os.close(nowhere)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> int:
    """Print a result; returns an exit status: 0, `BROKEN_PIPE` in silence, or 1 with a sentence on stderr."""
    try:
        print(for_terminal(text, sys.stdout.encoding), flush=True)
    except BrokenPipeError:
        _mute(sys.stdout)
        return BROKEN_PIPE
    except OSError as error:
        _mute(sys.stdout)
        error.filename = "the standard output"
        complain(f"fer_core: the result cannot be printed: {sentence_of(error)}")
        return 1
    return 0


def flush() -> int:
    """Bring out what others have printed, such as a parser's help; returns as `say`."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _mute(sys.stdout)
        return BROKEN_PIPE
    except OSError:
        _mute(sys.stdout)
        return 1
    return 0


def complain(text: str) -> None:
    """Print to stderr, if anybody still listens."""
    try:
        print(for_terminal(text, sys.stderr.encoding), file=sys.stderr, flush=True)
    except OSError:
        _mute(sys.stderr)


def _mute(stream: TextIO) -> None:
    """Send what the stream still holds nowhere, or the interpreter would fail on it once more at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
