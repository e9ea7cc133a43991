"""The Paper page's interactive pictures, one per finding; a moved slider draws its own card alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import address, downloads
from ui.paper import data
from ui.paper import words as paper_words

if TYPE_CHECKING:
    from fer_core.losses.imbalance import Boundary
    from fer_core.paper.finding import Finding

URL: Final = "query-params"
LOOK = {"emotions": "means per emotion", "pairs": "all 24 pairs"}
METRICS = {"recall": "recall", "f1": "F1", "precision": "precision", "accuracy": "accuracy"}
UNITS = {
    "evaluation": ("48 evaluations", (0, 0, 0)),
    "block": ("48, emotion as a block", (1, 1, 1)),
    "pair": ("24 pairs", (2, 3, 4)),
    "emotion": ("6 emotions", (5, 6, 7)),
}
"""Key → words and the evidence's row for each of CORRECTIONS."""
CORRECTIONS = {"none": "none", "bh": "Benjamini-Hochberg over 3", "bonferroni": "Bonferroni over 12"}
BOUNDARIES = {">": "above", ">=": "from it on"}
COUNTED = {"multiplications": "multiplications", "parameters": "parameters"}


@st.fragment
def recall(found: Finding) -> None:
    """Advanced against standard, by emotion or pair by pair."""
    from fer_core.figures.paper import recall_figure

    look = address.one("Show", LOOK, "paper_recall")
    values = data.recall_values(look)
    compared = values[values["emotion"] != data.WHOLE]
    higher = int((compared["advanced"] > compared["standard"]).sum())
    lower = int((compared["advanced"] < compared["standard"]).sum())
    downloads.figure(
        recall_figure(values),
        "paper_recall_sign",
        table=values,
        title="Recall with the adaptive loss and with plain cross-entropy",
        caption=f"Recall is higher with the adaptive loss in {higher} of {len(compared)} "
        f"{'pairs' if look == 'pairs' else 'emotions'}, lower in {lower}. "
        + (
            "A pair has emotion, architecture and tuning in common."
            if look == "pairs"
            else "Each emotion is the mean of its four pairs."
        )
        + " Reconstructed counts.",
    )
    assert found.evidence is not None
    st.dataframe(paper_words.shown(found.evidence), hide_index=True, key="paper_recall_evidence")
    st.caption("Means of all metrics; differences are plain minus adaptive, as Table 3 is found to be.")


@st.fragment
def same_loss(found: Finding) -> None:
    """Each matched pair's difference, by whether its loss changed."""
    from fer_core.figures.paper import ANOTHER_LOSS, SAME_LOSS, same_loss_figure

    metric = address.one("Metric", METRICS, "paper_loss_metric")
    pairs, groups = data.loss_differences(metric)
    words = [
        f"{name}: {g['mean']:+.3f} over {g['n']:.0f} pairs (t 95% {g['low']:+.3f} to {g['high']:+.3f}, p = "
        f"{g['p']:.4f})"
        for name, g in ((SAME_LOSS.capitalize(), groups[False]), (ANOTHER_LOSS, groups[True]))
    ]
    downloads.figure(
        same_loss_figure(pairs, groups, METRICS[metric]),
        "paper_same_loss",
        table=pairs,
        title=f"{METRICS[metric].capitalize()}, adaptive arm minus standard arm, in matched pairs",
        caption=f"{'; '.join(words)}. By the losses that Table 4 prints. Reconstructed counts.",
    )


@st.fragment
def units(found: Finding) -> None:
    """A switch of what counts as one observation."""
    from fer_core.figures.paper import SIGNIFICANT, units_figure

    assert found.evidence is not None
    unit = address.one("One observation is one of", {k: v[0] for k, v in UNITS.items()}, "paper_unit", "evaluation")
    correction = address.one(
        "Correction", CORRECTIONS, "paper_correction", "bh", disabled=unit in ("evaluation", "block")
    )
    row = UNITS[unit][1][list(CORRECTIONS).index(correction)]
    p = float(found.evidence["p"].iloc[row])
    verdict = "significant" if p < SIGNIFICANT else "not significant"
    st.markdown(f"**p = {p:.4f}: {verdict} at 0.05.** The data are the same in every row.")
    downloads.figure(
        units_figure(found.evidence, row),
        "paper_units",
        table=found.evidence,
        title="p of the recall difference between the losses",
        caption="Diamonds are analyses that the study prints. Reconstructed counts.",
    )


@st.fragment
def margin(found: Finding) -> None:
    """A margin to move; two rules, two units."""
    from fer_core.figures.paper import margin_figure

    half = st.slider(
        "Margin (± accuracy)",
        0.005,
        0.05,
        float(found.figures["margin"]),
        0.0005,
        format="%.4f",
        key="paper_margin",
        bind=URL,
    )
    results, normal = data.margin_results(half)
    pair, emotion = results.values()
    rule = "equivalent" if pair.published_rule else "not shown"
    said = {"The study's rule, 24 pairs": rule} | {
        f"Two one-sided tests, {e.n} {unit}": ("equivalent" if e.p < e.alpha else "not shown") + f" (p = {e.p:.3f})"
        for e, unit in ((pair, "pairs"), (emotion, "emotions"))
    }
    st.markdown("  \n".join(f"{for_markdown(words)}: **{verdict}**" for words, verdict in said.items()))
    low, high = normal["24 pairs"]
    downloads.figure(
        margin_figure(results, normal),
        "paper_margin_figure",
        table=found.evidence,
        title="Accuracy, GRU minus LSTM, against a margin",
        caption=f"An interval must lie inside the shaded margin. Over 24 pairs the two rules differ "
        f"for margins from ±{pair.smallest_margin:.4f} to ±{max(abs(low), abs(high)):.4f}; the study's is "
        f"±{found.figures['margin']:g}. A filled dot: "
        "the tests find equivalence. Reconstructed counts.",
    )


@st.fragment
def ratios(found: Finding) -> None:
    """Printed ratios against the possible ones, and the loss that the rule selects."""
    from fer_core.figures.paper_equations import ratios_figure
    from fer_core.losses.imbalance import LossPolicy

    assert found.evidence is not None
    boundary = cast("Boundary", address.one("A threshold counts", BOUNDARIES, "paper_boundary"))
    policy = LossPolicy(boundary=boundary)
    downloads.figure(
        ratios_figure(found.evidence, policy.moderate, policy.severe),
        "paper_ratios",
        table=found.evidence,
        title="Imbalance ratios, printed and possible",
    )
    st.dataframe(data.chosen_losses(found.evidence, boundary), hide_index=True, key="paper_losses")
    st.caption(
        "The loss as Table 4 prints it, and as the study's rule selects it by the printed ratios and by "
        "those of CK+ (six emotions, or with contempt as the seventh). Section 3.1 says that the focal loss "
        "is for 11.5 or more, section 3.5.2 for above 11.5."
    )


def accuracies(found: Finding) -> None:
    """48 accuracies beside always no."""
    from fer_core.figures.paper import accuracies_figure

    cells = data.accuracies()
    above = int((cells["accuracy"] > cells["always_no"] + 1e-9).sum())
    downloads.figure(
        accuracies_figure(cells),
        "paper_accuracies",
        table=found.evidence,
        title="Accuracy of each classifier, and of always answering no",
        caption=f"{above} of {len(cells)} classifiers score more than always answering no. Reconstructed counts.",
    )


@st.fragment
def alpha(found: Finding) -> None:
    """The ratio moves, alpha does not."""
    from fer_core.figures.paper_equations import alpha_figure
    from fer_core.losses.imbalance import focal_alpha
    from fer_core.paper.published import said

    ratio = st.slider("Imbalance ratio", 8.0, 30.0, 14.0, 0.5, format="%.1f", key="paper_ratio", bind=URL)
    st.markdown(f"At a ratio of {ratio:g}, alpha is **{focal_alpha(ratio):.2f}**.")
    downloads.figure(
        alpha_figure(ratio, said("threshold_extreme")), "paper_alpha", table=found.evidence, title="Equation 9"
    )


def mirror(found: Finding) -> None:
    """A face, its mirror image, and equation 3's."""
    import numpy as np

    from fer_core.figures.landmarks import mirror_figure
    from fer_core.landmarks.augment import mirror as mirrored
    from fer_core.landmarks.augment import paper_flip
    from fer_core.landmarks.mesh import template

    face = template() + np.array([0.5, 0.0], dtype=np.float32)
    downloads.figure(
        mirror_figure(face, mirrored(face), paper_flip(face)),
        "paper_mirror",
        table=found.evidence,
        title="A mirrored face and equation 3",
        caption="A symmetric face: its mirror image is itself. Colours say which landmarks a network takes "
        "for the person's left and right; thin lines lead from where each landmark was.",
    )


def sampling(found: Finding) -> None:
    """Which frames are taken."""
    from fer_core.figures.paper_equations import sampling_figure
    from fer_core.paper.equation_findings import LENGTHS

    downloads.figure(
        sampling_figure(LENGTHS), "paper_sampling", table=found.evidence, title="Frames that equation 2 takes"
    )


@st.fragment
def saving(found: Finding) -> None:
    """Sizes to choose; the whole network's ratio."""
    from fer_core.figures.paper_equations import layers_figure, saving_figure
    from fer_core.paper import efficiency_findings as costs
    from fer_core.paper.published import said

    counted = address.one("Count", COUNTED, "paper_counted")
    count = getattr(costs, counted)
    sizes = []
    for column, (name, (low, high)), start in zip(st.columns(3), costs.SIZES.items(), costs.ASSUMED, strict=True):
        sizes.append(column.slider(for_markdown(name), low, high, start, key=f"paper_{name}", bind=URL))
    here = count("gru", *sizes) / count("lstm", *sizes)
    ends = tuple(1 - found.figures[k] for k in _SAVINGS[counted])
    claimed = 1 - said("saving_percent") / 100
    downloads.figure(
        saving_figure(here, (ends[0], ends[1]), claimed),
        "paper_saving",
        table=found.evidence,
        title="GRU over LSTM, whole network",
    )
    if counted == "multiplications":
        work = {a: costs.multiplications_by_layer(a, *sizes) for a in ("gru", "lstm")}
        downloads.figure(layers_figure(work), "paper_layers", title="Multiplications by layer")
    st.caption(
        "F: features after the dense layer, Q: recurrent units, R: units of the last hidden layer, each over "
        "the range that the study searches. The start is an assumption: the predefined sizes are not printed."
    )


_SAVINGS = {"multiplications": ("saving_high", "saving_low"), "parameters": ("parameters_high", "parameters_low")}

PICTURES: dict[str, Callable[[Finding], None]] = {
    "recall-sign": recall,
    "same-loss": same_loss,
    "unit-of-analysis": units,
    "tost-flip": margin,
    "imbalance-ratios": ratios,
    "always-no": accuracies,
    "eq9-constant": alpha,
    "eq3-mirror": mirror,
    "eq2-sampling": sampling,
    "gru-saving": saving,
}
