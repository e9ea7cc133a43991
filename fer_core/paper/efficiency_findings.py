"""The claimed saving of GRU over LSTM, counted over the whole network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.emotions import SIX
from fer_core.models.weights import GATES, N_INPUTS, NetworkShape
from fer_core.paper.finding import Finding
from fer_core.paper.published import said
from fer_core.paper.recompute import Recomputed

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

SIZES = {"F": (16, 64), "Q": (32, 128), "R": (32, 128)}
"""Ranges of the three layers that the study searches (section 3.6)."""

ASSUMED = (32, 64, 64)
"""F, Q, R taken for the predefined network, whose sizes the study does not print."""


def multiplications(architecture: str, F: Any, Q: Any, R: Any, frames: int = 10) -> Any:
    """Multiplications of one classifier for one clip: matrix products of all layers; arrays broadcast.

    frames (936 F + g Q (F + Q)) + Q R + R, with g = 3 gates for a GRU and 4 for an LSTM.
    """
    return sum(multiplications_by_layer(architecture, F, Q, R, frames).values())


def multiplications_by_layer(architecture: str, F: Any, Q: Any, R: Any, frames: int = 10) -> dict[str, Any]:
    """The terms of `multiplications`: the dense layer on the coordinates, the recurrent one, those after."""
    return {
        "dense layer on the coordinates": frames * N_INPUTS * F,
        "recurrent layer": frames * GATES[architecture] * Q * (F + Q),
        "layers after it": Q * R + R,
    }


def parameters(architecture: str, F: Any, Q: Any, R: Any) -> Any:
    """Parameters of one classifier as Keras counts them (moving statistics included); arrays broadcast.

    A GRU has two biases per gate unit (``reset_after``), an LSTM one.
    """
    biases = 2 if architecture == "gru" else 1
    recurrent = GATES[architecture] * Q * (F + Q + biases)
    return (N_INPUTS + 1) * F + 4 * F + recurrent + (Q + 1) * R + R + 1


def every_size() -> tuple[Any, Any, Any]:
    """F, Q and R over their whole ranges, as three arrays that broadcast."""
    axes = [np.arange(low, high + 1) for low, high in SIZES.values()]
    return axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :]


def network_costs() -> pd.DataFrame:
    """Some sizes with parameters and multiplications of both kinds and their ratios.

    The assumed predefined network, the smallest, the largest, and those with the largest and the smallest
    saving of multiplications in the whole range.
    """
    import pandas as pd

    sizes = every_size()
    ratio = multiplications("gru", *sizes) / multiplications("lstm", *sizes)
    places = {"largest saving": ratio.argmin(), "smallest saving": ratio.argmax()}
    named = {
        "assumed predefined": ASSUMED,
        "smallest": tuple(low for low, _ in SIZES.values()),
        "largest": tuple(high for _, high in SIZES.values()),
    }
    for words, place in places.items():
        at = np.unravel_index(place, ratio.shape)
        named[words] = tuple(int(a.ravel()[i]) for a, i in zip(sizes, at, strict=True))
    rows = []
    for words, size in named.items():
        row: dict[str, Any] = {"network": words, **dict(zip(SIZES, size, strict=True))}
        for what, count in (("parameters", parameters), ("multiplications", multiplications)):
            gru, lstm = int(count("gru", *size)), int(count("lstm", *size))
            row |= {f"{what}_gru": gru, f"{what}_lstm": lstm, f"{what}_ratio": gru / lstm}
        rows.append(row)
    return pd.DataFrame(rows)


def whole_model_saving(found: Recomputed, evaluations: Evaluations) -> Finding:
    """A quarter of the gates is less of the network."""
    evidence = network_costs()
    sizes = every_size()
    savings = {
        what: 1 - count("gru", *sizes) / count("lstm", *sizes)
        for what, count in (("parameters", parameters), ("multiplications", multiplications))
    }
    low, high = float(savings["multiplications"].min()), float(savings["multiplications"].max())
    units = int(said("example_units"))
    printed = {a: GATES[a] * units * (N_INPUTS + units) for a in GATES}
    step = {a: GATES[a] * units * (ASSUMED[0] + units) for a in GATES}
    figures = {
        "saving_low": low,
        "saving_high": high,
        "parameters_low": float(savings["parameters"].min()),
        "parameters_high": float(savings["parameters"].max()),
        "assumed_saving": 1 - float(evidence["multiplications_ratio"].iloc[0]),
        **{f"printed_{a}": n for a, n in printed.items()},
        **{f"step_{a}": n for a, n in step.items()},
    }
    return Finding(
        "gru-saving",
        f"The GRU saves {100 * low:.0f} to {100 * high:.0f}% of the work, not {said('saving_percent'):.0f}%",
        "wrong",
        f"No size in the study's ranges saves more than {high:.1%} of the multiplications, or "
        f"{figures['parameters_high']:.1%} of the parameters.",
        f"GRU is said to save {said('saving_percent'):.0f}%, as {printed['gru']:,} against "
        f"{printed['lstm']:,} multiplications per step with {units} units and {N_INPUTS} inputs.",
        f"Over all sizes a GRU classifier needs {low:.0%} to {high:.0%} fewer multiplications than an LSTM "
        f"and has {figures['parameters_low']:.0%} to {figures['parameters_high']:.0%} fewer parameters. "
        f"The recurrent layer does not see the {N_INPUTS} coordinates but the F features of the dense layer "
        f"before it; with F = {ASSUMED[0]} its products are {step['gru']:,} against {step['lstm']:,} per "
        "step. The ratio 3/4 holds for them alone; the dense layers are the same in both and are most of "
        "the work. A quarter is no upper bound that can be reached. The predefined sizes are not printed; "
        f"{', '.join(map(str, ASSUMED))} are assumed in the first row.",
        "3.4, 4.7 and 5.4",
        evidence,
        figures,
    )


def parameter_counts(found: Recomputed, evaluations: Evaluations) -> Finding:
    """Printed parameter counts no network of the design has."""
    import pandas as pd

    low, high = ([r[i] for r in SIZES.values()] for i in (0, 1))
    rows: list[dict[str, Any]] = []
    for a in GATES:
        mean, sd = said(f"{a}_parameters"), said(f"{a}_parameters_sd")
        rows.append(
            {
                "architecture": a,
                "printed_mean": mean,
                "printed_sd": sd,
                "fewest": NetworkShape(a, *low).n_parameters(),  # type: ignore[arg-type]
                "most": NetworkShape(a, *high).n_parameters(),  # type: ignore[arg-type]
                "six_times_mean": 6 * mean,
                "six_times_sd": 6 * sd,
                "sd_of_six_independent": 6**0.5 * sd,
                "printed_sd_of_six": said(f"{a}_parameters_of_six_sd"),
            }
        )
    evidence = pd.DataFrame(rows)
    gru, lstm = rows
    layers = (sum(low), sum(high))
    reduction = 1 - said("gru_parameters_of_six") / said("lstm_parameters_of_six")
    return Finding(
        "parameter-counts",
        "The printed parameter counts are too small for any network of the design",
        "wrong",
        f"A GRU classifier of the study's ranges has {gru['fewest']:,} to {gru['most']:,} parameters; "
        f"{gru['printed_mean']:g} are printed.",
        f"Mean parameters per classifier: {gru['printed_mean']:g} ± {gru['printed_sd']:g} (GRU) and "
        f"{lstm['printed_mean']:g} ± {lstm['printed_sd']:g} (LSTM).",
        f"F + Q + R lies between {layers[0]} and {layers[1]}, so the numbers may be sums of layer widths; "
        f"that is a guess. The totals differ by {reduction:.1%}, which is not the "
        f"{said('saving_percent'):.0f}% fewer parameters stated beside them. Their SDs, "
        f"{gru['printed_sd_of_six']:g} and {lstm['printed_sd_of_six']:g}, are six times one classifier's, "
        "as if all six always varied together.",
        "4.7.2 and 4.7.3",
        evidence,
        {"fewest_gru": gru["fewest"], "most_gru": gru["most"], "reduction": reduction},
        inference=True,
    )


def untimed(found: Recomputed, evaluations: Evaluations) -> Finding:
    """The words about efficiency go further than the count of gates."""
    import pandas as pd

    saving, classifiers = said("saving_percent"), len(SIX)
    rows = [
        (f"GRU {said('faster_percent'):.0f}% faster than LSTM", "6.5", "6.3: nothing was timed"),
        (
            f"{saving:.0f}% x {classifiers} classifiers = substantial overall improvement",
            "4.7.4 and 5.2",
            f"5.4: {said('system_saving_percent'):.0f}% at system level",
        ),
        (
            f"CNNs need {said('cnn_operations_low'):.0f} to {said('cnn_operations_high'):.0f} times the operations",
            "5.1, by Table 7",
            "Table 7: accuracies only",
        ),
    ]
    evidence = pd.DataFrame(rows, columns=["claim", "section", "against"])
    lstm, gru = (classifiers * part for part in (100, 100 - saving))
    return Finding(
        "untimed",
        f"GRU is called {said('faster_percent'):.0f}% faster, and nothing was timed",
        "overstated",
        f"{len(rows)} claims about speed go beyond the count of gates, which is all that section 4.7 has.",
        f"GRU is {said('faster_percent'):.0f}% faster; over {classifiers} classifiers the saving becomes "
        f"substantial; CNNs need {said('cnn_operations_low'):.0f} to {said('cnn_operations_high'):.0f} times "
        "the operations, as Table 7 is said to show.",
        f"Section 6.3 says that no time was measured. {classifiers} classifiers of each kind stand as "
        f"{gru:.0f} to {lstm:.0f}, which is {gru / lstm:.2f} as for one: a ratio does not grow with the "
        "number. Table 7 holds accuracies, and no count of operations is printed for any CNN.",
        "4.7.4, 5.1, 5.2 and 6.5, against 5.4 and 6.3",
        evidence,
        {"claims": len(rows), "ratio": gru / lstm},
    )
