"""Time stamps as they come from cameras and files, made to rise."""

from __future__ import annotations

from dataclasses import dataclass

RESET = 1.0
"""Seconds back from which a clock is taken to have been set anew rather than to have stumbled."""
USUAL_STEP = 1 / 25
"""Seconds between two frames where nothing is known of them yet."""


@dataclass
class TimeStamps:
    """Rising time stamps in seconds, one for each frame that is to be read.

    A frame stamped like the one before it, or up to a second earlier, is passed over and counted: two rows
    of one moment, or rows out of order, would mislead whoever reads them. A clock that goes back further
    was set anew (a camera plugged in again, two files joined); from there on its stamps are shifted so
    that time goes on by one usual step. A frame without a stamp gets that of the one before it plus one
    usual step.

    Attributes
    ----------
    last : the last stamp given, s; None before the first
    shift : added to what comes, s
    step : the usual time between two frames, s
    repeated, backwards : frames passed over; ``resets``: times the clock was set anew;
        ``missing``: frames that had no stamp
    """

    last: float | None = None
    shift: float = 0.0
    step: float = USUAL_STEP
    repeated: int = 0
    backwards: int = 0
    resets: int = 0
    missing: int = 0

    def read(self, stamp: float | None) -> float | None:
        """The frame's time in seconds, later than the last one; None where it is to be passed over."""
        if stamp is None:
            self.missing += 1
            time = 0.0 if self.last is None else self.last + self.step
        else:
            time = stamp + self.shift
        if self.last is not None and time <= self.last:
            if self.last - time < RESET:
                self.repeated += time == self.last
                self.backwards += time < self.last
                return None
            self.resets += 1
            self.shift += self.last + self.step - time
            time = self.last + self.step
        self._learn_step(time)
        self.last = time
        return time

    @property
    def passed_over(self) -> int:
        """Frames that were not to be read."""
        return self.repeated + self.backwards

    @property
    def plain(self) -> bool:
        """Whether every time given was the frame's own stamp."""
        return not (self.resets or self.missing)

    @property
    def counts(self) -> dict[str, int]:
        """How many frames were repeated, backwards or without a stamp; how often the clock was set anew."""
        return {"repeated": self.repeated, "backwards": self.backwards, "resets": self.resets, "missing": self.missing}

    def _learn_step(self, time: float) -> None:
        """Move the usual step a tenth of the way to the new one; pauses do not count."""
        if self.last is not None and time - self.last < RESET:
            self.step += 0.1 * (time - self.last - self.step)
