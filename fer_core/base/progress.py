"""How long work tells its caller where it stands, and learns that it should stop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from fer_core.base.text import for_terminal


class Progress(Protocol):
    """Called as work advances. Raise `fer_core.base.errors.Cancelled` from it to stop the work."""

    def __call__(self, done: float, total: float, text: str) -> None:
        """``done`` of ``total`` (any unit) is through; ``text`` says what is being done."""


def silent(done: float, total: float, text: str) -> None:
    """A progress that says nothing."""


def stage(progress: Progress, number: int, stages: int) -> Progress:
    """A progress for one of several equal stages (from 0), told to `progress` as a share of them all."""

    def told(done: float, total: float, text: str) -> None:
        progress(number + (done / total if total else 1.0), stages, text)

    return told


def seconds_left(started: float, done: float, total: float, now: float | None = None) -> float | None:
    """Seconds left at the mean speed so far; None until something is done and a moment has gone by."""
    now = time.monotonic() if now is None else now
    if done <= 0 or total <= 0 or now <= started:
        return None
    return max(0.0, (now - started) * (total - done) / done)


def say_duration(seconds: float | None) -> str:
    """Words for a duration: ``45 s``, ``3 min``, ``1 h 20 min``; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class TerminalProgress:
    """One updating line on a terminal's stderr, with time left; a line per tenth elsewhere."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream: TextIO | None = stream or sys.stderr
        self._clock = clock
        self._started: float | None = None
        self._last = -1
        self._done, self._total = 0.0, 0.0

    def __call__(self, done: float, total: float, text: str) -> None:  # noqa: D102
        now = self._clock()
        if self._started is None or total != self._total or done < self._done:  # another piece of work
            self._started, self._last = now, -1
        self._done, self._total = done, total
        share = done / total if total else 1.0
        left = say_duration(seconds_left(self._started, done, total, now))
        text = for_terminal(" ".join(text.split()), getattr(self._stream, "encoding", None) or "utf-8")
        line = f"{text}: {share:4.0%}" + (f", {left} left" if left and share < 1 else "")
        self._write(line, share)
        self._last = int(share * 10)

    def _write(self, line: str, share: float) -> None:
        """Show a line. Where the terminal is gone or full, the work goes on in silence."""
        if self._stream is None:
            return
        try:
            if self._stream.isatty():
                self._stream.write("\r" + line.ljust(78) + ("\n" if share >= 1 else ""))
            elif int(share * 10) > self._last:
                self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
