"""What equations 2, 3 and 9 of the study do when they are carried out as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.landmarks.augment import mirror, paper_flip
from fer_core.landmarks.mesh import mirror_permutation, template
from fer_core.landmarks.sampling import equation_indices
from fer_core.losses.imbalance import focal_alpha
from fer_core.paper.finding import Finding
from fer_core.paper.published import said
from fer_core.paper.recompute import Recomputed

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

LENGTHS = (4, 9, 10, 11, 15, 19, 20, 29, 30, 39, 40, 71)
"""Clip lengths (frames) shown; CK+'s sequences have 4 to 71."""


def constant_alpha(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Equation 9 is a constant on its domain."""
    import pandas as pd

    extreme = said("threshold_extreme")
    ratios = np.concatenate([np.arange(11.5, 12.01, 0.25), np.arange(12.25, 30.01, 0.25)])
    alphas = np.array([focal_alpha(float(r)) for r in ratios])
    inner = 0.25 + (ratios - 5) * 0.1
    evidence = pd.DataFrame({"ratio": ratios, "inner_term": inner, "alpha": alphas})
    beyond = alphas[ratios > extreme]
    reached = 5 + (0.8 - 0.25) / 0.1
    least = 0.25 + (extreme - 5) * 0.1
    return Finding(
        "eq9-constant",
        "Equation 9 always gives 0.8",
        "wrong",
        f"Beyond a ratio of {extreme:g} the adaptive alpha is {beyond.min():g} at every ratio.",
        f"Alpha is said to adapt to the ratio beyond {extreme:g}, as min(0.8, 0.25 + 0.1 (ratio - 5)).",
        f"The second term reaches 0.8 at a ratio of {reached:.1f} and is {least:.2f} or more where the "
        f"equation applies, so the cap always decides: alpha is {said('alpha_severe')} up to {extreme:g} "
        f"and {beyond.max():g} beyond. Elsewhere the text says that alpha was fixed.",
        "3.5.4, against 5.3 and 6.4",
        evidence,
        {"lowest": float(beyond.min()), "highest": float(beyond.max()), "cap_reached_at": reached, "least": least},
    )


def crossed_flip(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Equation 3 mirrors the coordinates and leaves each landmark's number."""
    import pandas as pd

    face = template().astype(np.float64)
    face = face - np.array([(face[:, 0].min() + face[:, 0].max()) / 2, 0.0])
    width = float(np.ptp(face[:, 0]))
    centred = (face + np.array([0.5, 0.0])).astype(np.float32)  # x = 1 - x mirrors about 0.5
    flips = {"equation 3 as printed": paper_flip(centred), "with left and right exchanged": mirror(centred)}
    rows: list[dict[str, Any]] = []
    for words, points in flips.items():
        off = np.linalg.norm(points - centred, axis=1) / width
        rows.append(
            {
                "flip": words,
                "mean_distance": float(off.mean()),
                "largest_distance": float(off.max()),
                "landmarks_moved": int((off > 1e-3).sum()),
            }
        )
    evidence = pd.DataFrame(rows)
    printed, right = rows
    midline = int((mirror_permutation() == np.arange(len(face))).sum())
    return Finding(
        "eq3-mirror",
        "Equation 3 crosses left and right",
        "wrong",
        f"On a symmetric face the flip puts landmarks {printed['mean_distance']:.2f} face widths on average "
        f"from where they belong, a mirror image {right['mean_distance']:.2f}.",
        "The flip replaces x by 1 - x and is said to keep the expression valid.",
        "The landmarks keep their numbers, so the index of one eye's corner now holds the other eye's. Only "
        f"the {midline} landmarks on the midline stay right. A network that reads the 936 coordinates by "
        "position is trained half on such faces and tested on none of them. Flipping also doubles every "
        "class alike, so it cannot change the imbalance that it is said to address.",
        "3.2.2",
        evidence,
        {"printed": printed["mean_distance"], "mirror": right["mean_distance"], "midline": midline},
    )


def lost_onset(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Equations 1 and 2 at several clip lengths."""
    frames = int(said("sampled_frames"))
    evidence = sampled_frames(LENGTHS, frames)
    short = evidence[evidence["frames"] < frames]
    long = evidence[evidence["frames"] >= frames]
    worst = long.nlargest(1, "left_out_before").to_dict("records")[0]
    figures = {
        "distinct_when_short": int(short["distinct"].max()),
        "worst_length": int(worst["frames"]),
        "worst_share": float(worst["left_out_before"]),
    }
    return Finding(
        "eq2-sampling",
        "Equation 2 drops the onset, and in short clips all motion",
        "overstated",
        f"A clip of fewer than {frames} frames becomes its last frame {frames} times; one of "
        f"{figures['worst_length']} frames loses its first {figures['worst_share']:.0%}.",
        f"{frames} frames are taken at steps of floor(N / {frames}) counted from the end, for a consistent "
        "course of time.",
        f"Below {frames} frames the step is 0. At or above, the span covered jumps at every multiple of "
        f"{frames}, and the first, neutral frame is used only when N is {frames}. Part of the onset is "
        "lost, by a share that depends on the clip's length alone.",
        "3.2.2",
        evidence,
        figures,
    )


def sampled_frames(lengths: tuple[int, ...], frames: int = 10) -> pd.DataFrame:
    """What equations 1 and 2 take of clips of these lengths.

    Columns: frames, step, first, last (both counted from 1), distinct, left_out_before (the share of the
    clip before the first frame taken).
    """
    import pandas as pd

    rows = []
    for n in lengths:
        taken = equation_indices(n, frames) + 1
        rows.append(
            {
                "frames": n,
                "step": n // frames,
                "first": int(taken[0]),
                "last": int(taken[-1]),
                "distinct": len(np.unique(taken)),
                "left_out_before": (int(taken[0]) - 1) / n,
            }
        )
    return pd.DataFrame(rows)
