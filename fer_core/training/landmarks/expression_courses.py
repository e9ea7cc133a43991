"""Time courses of expressions as a camera sees them: begun, held, faded, gone.

A corpus clip grows from rest to its apex and ends. A window over a stream may begin anywhere: before
the onset, in the middle of it, at the held apex, while the expression fades. A course says, for each
moment of a window, how far along its clip the face is: 0 is rest, 1 the apex.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.track import FloatArray

SHOWN, GONE = 0.6, 0.12
"""A window that ends at this share of the apex or above shows the emotion; at this or below, rest."""
_TRIES = 40


def shown_courses(n: int, frames: int, generator: np.random.Generator) -> FloatArray:
    """(n, frames) courses that end with the emotion shown: onset, held apex, the beginning of the offset."""
    return _accepted(n, frames, generator, _draw_shown, lambda level: level[:, -1] >= SHOWN)


def gone_courses(n: int, frames: int, generator: np.random.Generator) -> FloatArray:
    """(n, frames) courses that end at rest: after an offset, or where an onset has hardly begun."""
    return _accepted(n, frames, generator, _draw_gone, lambda level: level[:, -1] <= GONE)


def _accepted(n: int, frames: int, generator: np.random.Generator, draw, fits) -> FloatArray:  # type: ignore[no-untyped-def]
    """Draw until every course fits; one that never does is its own end, held."""
    result = draw(n, frames, generator)
    for _ in range(_TRIES):
        wrong = np.flatnonzero(~fits(result))
        if not len(wrong):
            break
        result[wrong] = draw(len(wrong), frames, generator)
    return np.asarray(result, dtype=np.float32)


def _draw_shown(n: int, frames: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Times in windows: an onset before or within the window, a hold, perhaps an offset near the end."""
    u = np.linspace(0, 1, frames)[None]
    begin = generator.uniform(-1.2, 0.7, (n, 1))
    rise = np.exp(generator.uniform(np.log(0.12), np.log(1.2), (n, 1)))
    hold = np.exp(generator.uniform(np.log(0.2), np.log(3.0), (n, 1)))
    fall = np.exp(generator.uniform(np.log(0.15), np.log(1.2), (n, 1)))
    return _level(u, begin, rise, hold, fall, generator)


def _draw_gone(n: int, frames: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """An offset that ends within the window, or an onset that has only just begun."""
    u = np.linspace(0, 1, frames)[None]
    rise = np.exp(generator.uniform(np.log(0.12), np.log(1.2), (n, 1)))
    hold = np.exp(generator.uniform(np.log(0.1), np.log(1.5), (n, 1)))
    fall = np.exp(generator.uniform(np.log(0.15), np.log(1.2), (n, 1)))
    over = generator.uniform(0.0, 1.0, (n, 1))  # when the face is back at rest
    begin = over - fall - hold - rise
    early = generator.uniform(size=(n, 1)) < 0.15
    begin = np.where(early, generator.uniform(0.85, 1.0, (n, 1)), begin)
    return _level(u, begin, rise, hold, fall, generator)


def _level(
    u: npt.NDArray[np.float64],
    begin: npt.NDArray[np.float64],
    rise: npt.NDArray[np.float64],
    hold: npt.NDArray[np.float64],
    fall: npt.NDArray[np.float64],
    generator: np.random.Generator,
) -> npt.NDArray[np.float64]:
    """Share of the apex at moments u: up within ``rise``, held, down within ``fall``, each bent a little."""
    n = len(begin)
    peak = np.where(generator.uniform(size=(n, 1)) < 0.5, 1.0, generator.uniform(SHOWN, 1.0, (n, 1)))
    power = 2.0 ** generator.uniform(-1, 1, (n, 1))
    up = np.clip((u - begin) / rise, 0, 1) ** power
    down = np.clip((begin + rise + hold + fall - u) / fall, 0, 1) ** power
    return peak * np.minimum(up, down)
