"""GRU against LSTM counted: the paper's formula, the true one, and one-vs-all against one shared network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fer_core.models.weights import GATES, N_INPUTS, Architecture, NetworkShape
from fer_core.paper.published import said

ARCHITECTURES: tuple[Architecture, ...] = ("gru", "lstm")


@dataclass(frozen=True)
class Sizes:
    """A classifier of the study, and how many there are.

    Attributes
    ----------
    F, Q, R : int
        Features per frame, recurrent and hidden units. The study prints ranges alone; 32, 64, 64 are
        assumed for its predefined network.
    inputs, frames : int
        Coordinates of a frame, frames of a clip.
    classifiers : int
        One for each emotion.
    """

    F: int = 32
    Q: int = 64
    R: int = 64
    inputs: int = N_INPUTS
    frames: int = 10
    classifiers: int = 6

    def shape(self, architecture: Architecture) -> NetworkShape:
        """One classifier's network. Raises `SettingError` for sizes below 1."""
        return NetworkShape(architecture, self.F, self.Q, self.R, self.inputs)


def claimed() -> float:
    """GRU over LSTM as the study claims it: 0.75."""
    return 1 - said("saving_percent") / 100


def multiplications(sizes: Sizes, architecture: Architecture, outputs: int = 1) -> dict[str, int]:
    """Multiplications of one network for one clip, by layer.

    frames inputs F + frames g Q (F + Q) + Q R + R outputs, with g = 3 gates for a GRU and 4 for an LSTM.
    """
    s, g = sizes, GATES[architecture]
    return {
        "dense layer on the coordinates": s.frames * s.inputs * s.F,
        "recurrent layer": s.frames * g * s.Q * (s.F + s.Q),
        "layers after it": s.Q * s.R + s.R * outputs,
    }


def counted(sizes: Sizes) -> list[dict[str, Any]]:
    """What is counted for both architectures, in the order from the claim to the whole network.

    Rows with ``what``, ``gru``, ``lstm``, ``ratio`` and ``note``.
    """
    whole = {a: multiplications(sizes, a) for a in ARCHITECTURES}
    rows = [
        (
            "The paper's formula, g Q (936 + Q)",
            {a: GATES[a] * sizes.Q * (N_INPUTS + sizes.Q) for a in ARCHITECTURES},
            "multiplications per step as if the recurrent layer saw the coordinates; it sees F features",
        ),
        (
            "Recurrent layer alone",
            {a: whole[a]["recurrent layer"] // sizes.frames for a in ARCHITECTURES},
            "multiplications per step, g Q (F + Q)",
        ),
        (
            "Whole classifier",
            {a: sum(whole[a].values()) for a in ARCHITECTURES},
            f"multiplications for a clip of {sizes.frames} frames, all layers",
        ),
        (
            "Parameters",
            {a: sizes.shape(a).n_parameters() for a in ARCHITECTURES},
            "of one classifier, as Keras counts them",
        ),
    ]
    return [
        {"what": what, "gru": count["gru"], "lstm": count["lstm"], "ratio": count["gru"] / count["lstm"], "note": note}
        for what, count, note in rows
    ]


def one_against_all(sizes: Sizes) -> list[dict[str, Any]]:
    """One classifier per emotion against one network with an output for each, by architecture.

    Rows with ``architecture``, ``one_vs_all`` and ``shared`` (multiplications for a clip) and ``ratio``.
    """
    rows = []
    for a in ARCHITECTURES:
        many = sizes.classifiers * sum(multiplications(sizes, a).values())
        shared = sum(multiplications(sizes, a, sizes.classifiers).values())
        rows.append({"architecture": a, "one_vs_all": many, "shared": shared, "ratio": many / shared})
    return rows


def plain(sizes: Sizes) -> dict[str, int]:
    """As JSON."""
    return asdict(sizes)
