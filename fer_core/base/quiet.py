"""Keeping native libraries' start-up chatter off the terminal."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_lock = threading.Lock()
_state = {"users": 0, "kept": -1}


@contextmanager
def quiet() -> Iterator[None]:
    """Send file descriptor 2 nowhere while MediaPipe or TensorFlow warm up.

    Their logging library writes warnings before it can be configured. Errors still arrive as
    exceptions. The descriptor belongs to the whole process, so users in several threads are
    counted: the first one redirects it, the last one restores it.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    with _lock:
        if _state["users"] == 0:
            with suppress(AttributeError, OSError, ValueError):  # closed, or on a full disk
                sys.stderr.flush()
            _state["kept"] = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        _state["users"] += 1


def _leave() -> None:
    with _lock:
        _state["users"] -= 1
        if _state["users"] == 0:
            os.dup2(_state["kept"], 2)
            os.close(_state["kept"])
