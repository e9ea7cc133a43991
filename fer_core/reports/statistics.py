"""The statistics of one table as one HTML file that opens anywhere, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.base.errors import FerError
from fer_core.base.text import for_html
from fer_core.reports.html import Drawing, document, download, section, table
from fer_core.results.words import BINARY_METRICS, LEVELS
from fer_core.stats.anova import anova
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.judging import Judged, judge_all, summaries, summaries_of_people
from fer_core.stats.matching import Unit
from fer_core.stats.pairwise import pairwise
from fer_core.stats.power import smallest
from fer_core.stats.repeated import default_within, repeated_measures
from fer_core.stats.table import ORDERS, Evaluations
from fer_core.stats.units import differences_by_unit
from fer_core.stats.verdict_words import words

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.tost_power import Margin

UNIT_WORDS = {
    "published": "pooled error, as published: emotions as replicates",
    "emotion": "within emotions, own error terms",
    "mixed": "mixed model, random intercepts and slopes",
    "people": "people: bootstrap over subjects",
}
_UNITS: dict[Unit, str] = {"pair": "matched pairs", "emotion": "emotions"}


def html_report(
    found: Evaluations, people: pd.DataFrame | None = None, margins: Mapping[str, Margin] = MARGINS, alpha: float = 0.05
) -> str:
    """The whole report: effects under each unit of analysis, comparisons, equivalence, power, method.

    Parameters
    ----------
    people : DataFrame, optional
        `fer_core.results.differences.level_differences` with ``inner`` of the study behind the table.
    margins, alpha : of the equivalence tests

    An analysis that cannot be made of this table says why in its place.
    """
    draw = Drawing()
    parts = [f"<p class=lead>{for_html(found.note)}</p>", _about(found)]
    parts += [
        section("Effects by unit of analysis", _guarded(_effects(found, people, margins, draw))),
        section("Analysis of variance", _guarded(_variance(found, alpha))),
        section("Planned comparisons", _guarded(_comparisons(found, alpha, draw))),
        section("Equivalence", _guarded(_equivalence(found, people, margins, alpha))),
        section("What such a design can show", _guarded(_power(found, alpha))),
        section("The table", [_rows(found)]),
        section("How it was computed", [f"<p>{for_html(text)}</p>" for text in _METHODS]),
    ]
    return document(f"{found.title}: statistics", parts)


def _about(found: Evaluations) -> str:
    varied = "; ".join(f"{f}: {', '.join(map(_level, found.levels(f)))}" for f in found.factors) or "nothing"
    order = "; ".join(f"{_level(first)} minus {_level(second)}" for first, second in ORDERS.values())
    return (
        f"<p>{len(found)} evaluations of classifiers, one per row; varied: {for_html(varied)}. "
        f"Differences are {for_html(order)}.</p>"
    )


def _guarded(parts: Iterator[str]) -> Iterator[str]:
    """What can be shown; then, instead of the rest, why it cannot."""
    try:
        yield from parts
    except FerError as error:
        yield f"<p class=note>{for_html(str(error))}</p>"


def _effects(
    found: Evaluations, people: pd.DataFrame | None, margins: Mapping[str, Margin], draw: Drawing
) -> Iterator[str]:
    from fer_core.figures.effects import units_figure

    for metric in found.metrics:
        rows = differences_by_unit(found, metric, people, within=default_within(found) or "emotion")
        figure = units_figure(rows, UNIT_WORDS, "emotion", _zone(margins, metric), metric)
        yield f"<h3>{for_html(BINARY_METRICS[metric])}</h3>"
        yield draw(figure, f"Differences in {words(metric)} with 95% intervals; shaded: the margin")
        yield table(
            ["Unit", "Factor", "Difference", "95% interval", "p"],
            [
                [
                    UNIT_WORDS[r["unit"]],
                    f"{_level(r['first'])} − {_level(r['second'])}",
                    f"{r['difference']:+.3f}",
                    f"{r['low']:+.3f} to {r['high']:+.3f}",
                    _p(r["p"]),
                ]
                for r in rows.to_dict("records")
            ],
        )
        for unit, why in rows.attrs["notes"].items():
            yield f"<p class=note>{for_html(UNIT_WORDS[unit])}: {for_html(why)}</p>"


def _variance(found: Evaluations, alpha: float) -> Iterator[str]:
    within = default_within(found)
    for metric in found.metrics:
        if within is not None:
            yield from _repeated(found, metric, within, alpha)
        rows = anova(found, metric, alpha=alpha)
        yield f"<h3>{for_html(BINARY_METRICS[metric])}, pooled error, as published</h3>"
        yield table(
            [
                "Effect",
                "SS",
                "df",
                "F",
                "p",
                "Partial η²",
                "95% interval of η²",
                "Partial ω²",
                "95% interval of ω²",
                "Power",
            ],
            [
                [
                    r["effect"],
                    _n(r["ss"], 4),
                    f"{r['df']:g}",
                    _n(r["F"], 2),
                    _p(r["p"]),
                    _n(r["eta2p"]),
                    _span(r["eta2p_low"], r["eta2p_high"]),
                    _n(r["omega2p"]),
                    _span(r["omega2p_low"], r["omega2p_high"]),
                    _n(r["power"], 2),
                ]
                for r in rows.to_dict("records")
            ],
        )
        yield from _notes(rows.attrs["notes"])


def _repeated(found: Evaluations, metric: str, within: str, alpha: float) -> Iterator[str]:
    rows = repeated_measures(found, metric, within, alpha=alpha)
    yield f"<h3>{for_html(BINARY_METRICS[metric])}, own error terms within {within}</h3>"
    yield table(
        ["Effect", "F", "df", "p", "ε", "p, corrected", "Partial η²", "95% interval of η²", "Generalised η²", "Power"],
        [
            [
                r["effect"],
                _n(r["F"], 2),
                f"{r['df']:g}, {r['df_error']:g}",
                _p(r["p"]),
                _n(r["epsilon_gg"], 2),
                _p(r["p_gg"]),
                _n(r["eta2p"]),
                _span(r["eta2p_low"], r["eta2p_high"]),
                _n(r["ges"]),
                _n(r["power"], 2),
            ]
            for r in rows.to_dict("records")
        ],
    )
    yield from _notes(rows.attrs["notes"])


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for note in notes:
        yield f"<p class=note>{for_html(note)}</p>"


def _comparisons(found: Evaluations, alpha: float, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.effects import sizes_figure

    for unit, said in _UNITS.items():
        rows = pairwise(found, unit=unit, alpha=alpha)
        yield f"<h3>Over {said}</h3>"
        yield draw(sizes_figure(rows, found.metrics[0]), f"Effect sizes over {said}, 95% intervals")
        yield table(
            [
                "Metric",
                "Comparison",
                "n",
                "Difference",
                "95% interval",
                "d_z",
                "Hedges g",
                "p",
                "p, Benjamini-Hochberg",
                "p, Wilcoxon",
            ],
            [
                [
                    words(r["metric"]),
                    f"{_level(r['first'])} − {_level(r['second'])}",
                    r["n"],
                    f"{r['mean_difference']:+.3f}",
                    _span(r["low"], r["high"]),
                    _n(r["d_z"], 2),
                    _n(r["g"], 2),
                    _p(r["p"]),
                    _p(r["p_corrected"]),
                    _p(r["p_wilcoxon"]),
                ]
                for r in rows.to_dict("records")
            ],
        )


def _equivalence(
    found: Evaluations, people: pd.DataFrame | None, margins: Mapping[str, Margin], alpha: float
) -> Iterator[str]:
    bases = {said: summaries(found, unit) for unit, said in _UNITS.items()}
    if people is not None:
        bases["people"] = summaries_of_people(people)
    lines = []
    for said, each in bases.items():
        each = [s for s in each if s.metric in margins]
        by_rule = (judge_all(each, margins, alpha, "tost"), judge_all(each, margins, alpha, "published"))
        for tost, published in zip(*by_rule, strict=True):
            lines.append(_verdict(said, tost, published))
    yield table(
        [
            "Observations",
            "Metric",
            "Comparison",
            "n",
            "Difference",
            "90% interval",
            "95% interval",
            "Margin",
            "Verdict (TOST)",
            "after Holm over these observations",
            "Verdict (95% interval inside)",
            "Smallest margin",
        ],
        lines,
    )
    yield f"<p>Levels: {alpha:g} for each one-sided test; over people by 90% and 95% intervals.</p>"


def _verdict(said: str, tost: Judged, published: Judged) -> list[Any]:
    return [
        said,
        words(tost.metric),
        f"{_level(tost.first)} − {_level(tost.second)}",
        tost.n,
        f"{tost.mean:+.3f}",
        _span(*tost.inner),
        _span(*tost.outer),
        f"{tost.low:+g} to {tost.high:+g}",
        tost.verdict,
        tost.verdict_holm or "",
        published.verdict,
        _n(tost.smallest_margin),
    ]


def _power(found: Evaluations, alpha: float) -> Iterator[str]:
    lines = []
    for unit, said in _UNITS.items():
        rows = pairwise(found, metrics=found.metrics[:1], unit=unit, alpha=alpha).to_dict("records")
        for r in rows:
            effect = smallest("paired", int(r["n"]), 0.8, alpha) if r["n"] > 1 else float("inf")
            compared = f"{_level(r['first'])} − {_level(r['second'])}"
            lines.append([said, compared, r["n"], f"{effect:.2f}" if effect < 1e6 else "none"])
    yield table(["Observations", "Comparison", "n", "Smallest d_z with a power of 80%"], lines)
    yield "<p>Pairs that share people or an emotion are not independent, so this is the best case.</p>"


def _rows(found: Evaluations) -> str:
    text = found.frame.to_json(orient="records", indent=1)
    return f"<p>All {len(found)} rows: {download('evaluations.json', text)}.</p>"


def _zone(margins: Mapping[str, Margin], metric: str) -> tuple[float, float]:
    from fer_core.stats.tost_power import limits

    return limits(margins.get(metric, MARGINS[metric]))


def _level(level: str) -> str:
    return LEVELS.get(level, level)


def _n(value: float, digits: int = 3) -> str:
    return "" if value != value else f"{value:.{digits}f}"


def _span(low: float, high: float) -> str:
    return "" if low != low else f"{low:+.3f} to {high:+.3f}"


def _p(p: float) -> str:
    return "" if p != p else "< 0.001" if p < 0.001 else f"{p:.3f}"


_METHODS = (
    "Analysis of variance: each effect against effect x emotion (or what the heading names), p corrected by "
    "Greenhouse and Geisser where a factor has three levels or more; beside it the pooled error of the "
    "published analysis, Type II, which takes how emotions react to a factor for chance. Intervals of "
    "partial eta squared are those of R's effectsize, of partial omega squared Steiger's. Mixed model: "
    "restricted maximum likelihood, t with Satterthwaite's degrees of freedom.",
    "Planned comparisons: t tests of matched pairs; d_z is the mean difference over the standard deviation "
    "of the differences, Hedges g the mean difference over the root of the two mean variances, corrected "
    "for small samples. Corrections are within a metric.",
    "Equivalence: two one-sided t tests (Schuirmann, 1987), and their verdicts after Holm's correction over "
    "all tests of the same observations. The other rule, that of the published study, asks for the 95% "
    "interval inside the margin.",
    "Evaluations that share test clips or an emotion are not independent; where every clip's outputs are "
    "known, intervals over people are the safest reading.",
)
