"""Is an exported file the bundle? Its own runtime's answers against our numpy pass, clip by clip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np

from fer_core.base.errors import BundleError
from fer_core.datasets.demo import open_demo
from fer_core.landmarks.augment import joined
from fer_core.landmarks.extract import ExtractSettings, extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.models.bundle import Bundle
from fer_core.models.distribution import Outcomes
from fer_core.models.export.graph import input_names
from fer_core.models.export.runtimes import Format, open_file
from fer_core.models.forward import sigmoid

TOLERANCE = 1e-4
"""Largest difference of a probability that is still called equal: a file computes in float32 throughout, our
alignment in float64. 1e-5 is usual; faces that fill a twentieth of the picture come closest to the limit."""

CLIPS = 24
"""Demo clips compared; each also turned, smaller and off the middle."""

_ALONE = 3  # clips that are also run one by one


@dataclass(frozen=True)
class Verdict:
    """How far a file lies from the bundle.

    Attributes
    ----------
    largest_difference : float
        Of any probability of any clip.
    clips : how many were compared
    runtime : name and version of what ran the file
    """

    largest_difference: float
    clips: int
    runtime: str


def compare(file: Path, kind: Format, bundle: Bundle) -> Verdict:
    """Run the file on `clips_for` the bundle, all at once and some alone.

    Raises
    ------
    BundleError
        Where its runtime cannot run it, an output is missing or no number, or a probability differs by more
        than `TOLERANCE`.
    """
    clips = clips_for(bundle)
    wanted = expected(bundle, clips)
    try:
        run, runtime = open_file(file, kind)
        given = inputs(bundle, clips)
        pairs = [(run(given), wanted)]
        for k in range(_ALONE):
            one = slice(k, k + 1)
            pairs.append((run({n: v[one] for n, v in given.items()}), {n: v[one] for n, v in wanted.items()}))
    except BundleError:
        raise
    except Exception as error:  # each runtime has its own kinds, with no common base
        raise BundleError(
            f"the written file does not run ({str(error).splitlines()[0] if str(error) else error!r})",
            where=file.name,
            fix="export to another format",
        ) from error
    largest = max(_apart(got, true, file) for got, true in pairs)
    if not largest <= TOLERANCE:
        raise BundleError(
            f"the written file gives other probabilities than the bundle: they differ by up to "
            f"{largest:.1e}, more than {TOLERANCE:.0e}, so it was not kept",
            where=file.name,
            fix="export to another format and report this",
        )
    return Verdict(largest, len(clips), runtime)


def clips_for(bundle: Bundle) -> LandmarkSet:
    """Demo clips sampled as the bundle wants them, and the same placed otherwise in the picture."""
    demo = open_demo()
    step = max(1, len(demo.clips) // CLIPS)
    some = replace(demo, clips=demo.clips[::step][:CLIPS])
    clips = extract(some, ExtractSettings(bundle.frames, bundle.rule))
    clips = replace(clips, has_neutral=np.ones(len(clips), dtype=bool))  # the one handed over is the one used
    sets = [clips, _placed(clips, 0.35, 0.25, (1.1, 0.2)), _placed(clips, -0.2, 0.6, (0.1, 0.7))]
    return reduce(joined, sets)


def inputs(bundle: Bundle, clips: LandmarkSet) -> dict[str, FloatArray]:
    """What a file of this bundle is fed for these clips."""
    every = {"landmarks": clips.points, "neutral": clips.neutral, "aspect": clips.aspect}
    return {name: np.ascontiguousarray(every[name], dtype=np.float32) for name in input_names(bundle)}


def expected(bundle: Bundle, clips: LandmarkSet) -> dict[str, FloatArray]:
    """Our numpy pass's outputs, by name."""
    log_odds = bundle.recogniser.read(clips)
    found = {"probabilities": sigmoid(log_odds)}
    if bundle.calibration is not None:
        found["distribution"] = Outcomes(bundle).probabilities(log_odds)
    return found


def _placed(clips: LandmarkSet, angle: float, scale: float, at: tuple[float, float]) -> LandmarkSet:
    """The clips turned by an angle, smaller, and moved so that the first face's middle lies there."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) * scale
    middle = clips.neutral.mean(axis=(0, 1))

    def moved(points: FloatArray) -> FloatArray:
        return ((points - middle) @ turn + np.array(at)).astype(np.float32)

    return replace(clips, points=moved(clips.points), neutral=moved(clips.neutral))


def _apart(got: dict[str, FloatArray], wanted: dict[str, FloatArray], file: Path) -> float:
    for name, values in wanted.items():
        if name not in got or got[name].shape != values.shape:
            shape = got[name].shape if name in got else "nothing"
            raise BundleError(
                f"the written file gives {shape} as {name}, not {values.shape}",
                where=file.name,
                fix="export to another format and report this",
            )
    # NaN is no small difference: nan <= limit is false, and np.max hands NaN on.
    return float(np.max([np.abs(got[name] - values).max() for name, values in wanted.items()]))
