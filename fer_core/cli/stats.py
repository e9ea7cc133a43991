"""``stats anova|mixed|pairwise|power|equivalence TABLE``, ``stats clips``: the statistics from a terminal."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fer_core.base import limits
from fer_core.base.errors import SettingError, TableError
from fer_core.cli.common import verb
from fer_core.cli.numbers import Number
from fer_core.cli.stats_options import SHIPPED, add_margins, add_pairs, add_table

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

T = TypeVar("T")

_UNITS = ("emotion", "replicate", "fold", "person")
_PAIRWISE = (
    "metric",
    "factor",
    "first",
    "second",
    "n",
    "mean_difference",
    "low",
    "high",
    "d_z",
    "g",
    "t",
    "p",
    "p_wilcoxon",
    "p_corrected",
    "reject",
    "note",
)
_EQUIVALENCE = (
    "metric",
    "factor",
    "first",
    "second",
    "n",
    "mean",
    "ci90_low",
    "ci90_high",
    "low",
    "high",
    "p",
    "verdict",
    "p_holm",
    "verdict_holm",
    "smallest_margin",
    "power",
    "published_rule",
)
_REPEATED = (
    "metric",
    "effect",
    "F",
    "df",
    "df_error",
    "p",
    "epsilon_gg",
    "p_gg",
    "eta2p",
    "eta2p_low",
    "eta2p_high",
    "ges",
    "power",
    "n",
)


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    p = verbs.add_parser("stats", help="compare architectures, tuning and losses in a table of results")
    inner = p.add_subparsers(dest="action", required=True, metavar="WHAT")
    anova = verb(inner, "anova", "factorial ANOVA with all interactions, effect sizes and power", _anova)
    add_table(anova)
    anova.add_argument(
        "--within",
        choices=_UNITS,
        help="test each effect against how differently the levels of this column react to it; "
        "default: the first of emotion, person, replicate, fold that stands in every condition",
    )
    anova.add_argument("--pooled", action="store_true", help="one pooled error for all effects instead, as published")
    anova.add_argument(
        "--block",
        action="append",
        choices=_UNITS,
        default=[],
        help="with a pooled error: take its differences out of it (may be repeated)",
    )
    anova.add_argument(
        "--sums", choices=["II", "III"], default="II", help="with a pooled error: type of the sums of squares"
    )
    anova.add_argument("--confidence", type=Number(limits.CONFIDENCE), default=0.95)
    anova.add_argument("--alpha", type=Number(limits.ALPHA), default=0.05)

    mixed = verb(inner, "mixed", "mixed model by REML, F tests with Satterthwaite's degrees of freedom", _mixed)
    add_table(mixed)
    mixed.add_argument(
        "--group",
        choices=_UNITS,
        default="emotion",
        help="whose levels have an intercept of their own; default: emotion",
    )
    mixed.add_argument("--slopes", action="store_true", help="and a reaction of their own to each effect")
    mixed.add_argument("--confidence", type=Number(limits.CONFIDENCE), default=0.95)

    pairwise = verb(inner, "pairwise", "each factor's levels compared on matched pairs", _pairwise)
    add_table(pairwise)
    add_pairs(pairwise)
    pairwise.add_argument(
        "--interval",
        choices=["normal", "t", "percentile", "bca"],
        default="t",
        help='of the mean difference; the study has "normal"; default: t',
    )
    pairwise.add_argument("--confidence", type=Number(limits.CONFIDENCE), default=0.95)
    pairwise.add_argument("--correction", choices=["none", "bonferroni", "holm", "fdr_bh"], default="fdr_bh")
    pairwise.add_argument(
        "--family", choices=["metric", "all"], default="metric", help="which tests are corrected together"
    )

    power = verb(inner, "power", "what the design of a table can show", _power)
    add_table(power)
    add_pairs(power)
    add_margins(power)
    power.add_argument("--n", type=Number(limits.PAIRS), help="independent pairs, if not those of the table")
    power.add_argument("--power", type=Number(limits.POWER), default=0.8, help="wanted; default: 0.8")

    equivalence = verb(inner, "equivalence", "two one-sided tests against a margin", _equivalence)
    add_table(equivalence)
    add_pairs(equivalence)
    add_margins(equivalence)

    clips = verb(inner, "clips", "two conditions of an experiment on the same clips and folds", _clips)
    clips.add_argument("experiment", help="its id, or the name of one that is included")
    clips.add_argument("first", help="a condition, e.g. gru-bayesian-advanced")
    clips.add_argument("second", help="the one that is subtracted")
    clips.add_argument(
        "--reading",
        choices=["outputs", "probabilities"],
        default="probabilities",
        help="the classifiers' outputs, or the probabilities that their losses imply; default",
    )
    clips.add_argument("--seed", type=Number(limits.SEED), help="whose tests McNemar's test compares")


# the verbs -----------------------------------------------------------------------------------------


def _anova(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.stats.repeated import default_within

    if options.within and (options.pooled or options.block):
        raise SettingError("--within has an error term for each effect", fix="leave --pooled and --block out")
    table = _table(options)
    pooled = options.pooled or bool(options.block)
    within = None if pooled else options.within or default_within(table)
    settings: dict[str, Any] = {"within": within, "confidence": options.confidence, "alpha": options.alpha}
    if within is None:
        settings |= {"blocks": options.block, "sums": options.sums}
    frames, notes = _each(options, table, lambda metric: _variance(options, table, metric, within))
    if within is None and not pooled:
        notes.append("No unit stands in every condition: rows count as independent.")
    shown = None if within is None else _REPEATED
    return _answer(table, _joined(frames), settings, [*notes, *_notes_of(frames)], shown)


def _variance(options: argparse.Namespace, table: Evaluations, metric: str, within: str | None) -> pd.DataFrame:
    from fer_core.stats.anova import anova
    from fer_core.stats.repeated import repeated_measures

    if within is None:
        frame = anova(table, metric, options.block, options.confidence, options.alpha, options.sums)
        return frame.assign(sums=options.sums)
    return repeated_measures(table, metric, within, options.confidence, options.alpha)


def _mixed(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.stats.mixed import mixed_model

    table = _table(options)
    models, lacking = _each(
        options, table, lambda metric: mixed_model(table, metric, options.group, options.slopes, options.confidence)
    )
    settings = {"group": options.group, "slopes": options.slopes, "confidence": options.confidence}
    notes = [*lacking, *dict.fromkeys(note for model in models.values() for note in model.notes)]
    result, text = _answer(table, _joined({m: model.tests for m, model in models.items()}), settings, notes)
    coefficients = _joined({m: model.coefficients for m, model in models.items()})
    result["coefficients"] = _plain_rows(coefficients)
    result["models"] = [
        {
            "metric": metric,
            "group_sd": model.group_sd,
            "residual_sd": model.residual_sd,
            "slope_sd": model.slope_sd,
            "settled": model.settled,
        }
        for metric, model in models.items()
    ]
    if len(models) == 1:
        result |= {name: result["models"][0][name] for name in ("group_sd", "residual_sd")}
    spreads = [
        f"{m}: SD between levels of {options.group} {model.group_sd:.4f}, residual {model.residual_sd:.4f}"
        for m, model in models.items()
    ]
    return result, "\n".join([text, *spreads, coefficients.to_string(index=False, float_format=_number)])


def _pairwise(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.stats.pairwise import pairwise

    table = _table(options)
    frame = pairwise(
        table,
        _metrics(options, table),
        options.factor or None,
        _orders(options, table),
        options.interval,
        options.confidence,
        options.correction,
        options.family,
        options.unit,
        alpha=options.alpha,
    )
    return _answer(table, frame, {str(k): v for k, v in frame.attrs.items()}, _unit_notes(options), _PAIRWISE)


def _power(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    import pandas as pd

    from fer_core.stats.pairwise import pairwise
    from fer_core.stats.power import SIZES, power_of, required_n, smallest
    from fer_core.stats.tost_power import tost_power, tost_smallest_margin

    table = _table(options)
    found = pairwise(
        table,
        _metrics(options, table),
        options.factor or None,
        _orders(options, table),
        unit=options.unit,
        correction="none",
        alpha=options.alpha,
    )
    margins = _margins(options)
    wanted = {"power": options.power, "alpha": options.alpha}
    needed = {f"n_{name}": required_n("paired", d, **wanted) for name, d in SIZES["paired"].items()}
    rows = []
    for r in found.to_dict("records"):
        n = r["n"] if options.n is None else options.n
        known = n >= 2 and r["sd"] > 0
        row = {name: r[name] for name in ("metric", "factor", "first", "second")} | {"n": n, "d_z": r["d_z"]}
        row["power"] = power_of("paired", r["d_z"], n, options.alpha) if known else math.nan
        row |= {"smallest_effect": smallest("paired", n, **wanted)} | needed
        margin = margins[r["metric"]]
        row["tost_power"] = tost_power(margin, r["sd"], n, alpha=options.alpha) if known else math.nan
        row["smallest_margin"] = tost_smallest_margin(r["sd"], n, **wanted) if known else math.nan
        rows.append(row | {"note": r["note"]})
    settings = {"kind": "paired", "unit": options.unit, "n": options.n, **wanted}
    return _answer(table, pd.DataFrame(rows), settings, _unit_notes(options))


def _equivalence(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from fer_core.stats.equivalence import equivalence, sentence
    from fer_core.stats.frames import as_frame

    table = _table(options)
    wanted, margins = _metrics(options, table), _margins(options)
    results = equivalence(
        table,
        {name: margins[name] for name in wanted},
        options.factor or None,
        options.alpha,
        options.unit,
        _orders(options, table),
    )
    frame = as_frame(results)
    frame["sentence"] = [sentence(e) for e in results]
    settings = {"alpha": options.alpha, "unit": options.unit}
    said = [*frame["sentence"], *_unit_notes(options)]
    result, _ = _answer(table, frame, settings, _unit_notes(options))
    return result, _answer(table, frame, settings, said, _EQUIVALENCE)[1]


def _clips(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from dataclasses import asdict

    from fer_core.stats.clipwise import compare_clips, read_experiment

    study = read_experiment(options.experiment)
    record = compare_clips(study, options.first, options.second, options.reading, options.seed)
    result = {"experiment": study.record.name, "reading": options.reading, **_plain_record(asdict(record))}
    return result, "\n".join(record.sentences)


# what they share -----------------------------------------------------------------------------------


def _table(options: argparse.Namespace) -> Evaluations:
    from fer_core.stats.table import read_table, reconstructed

    if options.table == SHIPPED:
        return reconstructed()
    file = Path(options.table)
    if not options.column:
        return read_table(file)
    from fer_core.stats.csv_file import header_of
    from fer_core.stats.table import suggest_mapping

    given = dict(options.column)
    guessed = suggest_mapping(header_of(file))
    free = {ours: theirs for ours, theirs in guessed.items() if theirs not in given.values()}
    return read_table(file, free | given)


def _metrics(options: argparse.Namespace, table: Evaluations) -> list[str]:
    return [table.require(name) for name in dict.fromkeys(options.metric or table.metrics)]


def _orders(options: argparse.Namespace, table: Evaluations) -> dict[str, tuple[str, str]]:
    """The usual orders, and what ``--first`` says instead."""
    from fer_core.stats.table import FACTORS, ORDERS

    orders = dict(ORDERS)
    for factor, level in options.first:
        if factor not in FACTORS:
            raise SettingError(f"{factor!r} is not a factor", fix=f"use one of {', '.join(FACTORS)}")
        levels = table.levels(factor)
        if level not in levels or len(levels) != 2:
            known = " and ".join(levels)
            raise SettingError(
                f"{level!r} cannot stand first", where=f"{factor} has {known}", fix="name one of two levels"
            )
        orders[factor] = (level, levels[levels[0] == level])
    return orders


def _margins(options: argparse.Namespace) -> dict[str, Any]:
    from fer_core.stats.equivalence import MARGINS

    given = dict(options.margin)
    unknown = sorted(set(given) - set(MARGINS))
    if unknown:
        raise SettingError(f"{unknown[0]!r} is not a metric", fix=f"use one of {', '.join(MARGINS)}")
    margins: dict[str, Any] = {**MARGINS, **given}
    return margins


def _unit_notes(options: argparse.Namespace) -> list[str]:
    if options.unit == "emotion":
        return []
    return [
        "Pairs of one emotion share its test clips, so they are not independent; --unit emotion says "
        "what remains of it."
    ]


def _answer(
    table: Evaluations,
    frame: pd.DataFrame,
    settings: dict[str, Any],
    notes: Sequence[str],
    shown: Sequence[str] | None = None,
) -> tuple[dict[str, Any], str]:
    """The rows as plain data (what does not exist is null), and as text."""
    rows = _plain_rows(frame)
    head = {"title": table.title, "origin": table.origin, "note": table.note, "evaluations": len(table)}
    short = frame[[c for c in shown or frame.columns if c != "note" or frame["note"].any()]]
    text = short.to_string(index=False, na_rep="-", float_format=_number)
    lines = [f"{table.title}: {len(table)} evaluations. {table.note}", text, *notes]
    return head | {"settings": settings, "rows": rows, "notes": list(notes)}, "\n".join(lines)


def _each(
    options: argparse.Namespace, table: Evaluations, analyse: Callable[[str], T]
) -> tuple[dict[str, T], list[str]]:
    """An analysis of every metric, and a note for each that has none.

    One that was asked for by name raises its error, and so does the first where no metric has one.
    """
    results: dict[str, T] = {}
    errors: dict[str, TableError] = {}
    for metric in _metrics(options, table):
        try:
            results[metric] = analyse(metric)
        except TableError as error:
            errors[metric] = error
    if errors and (options.metric or not results):
        raise next(iter(errors.values()))
    return results, [f"{metric} is left out: {error}" for metric, error in errors.items()]


def _joined(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One frame with the metric in front."""
    import pandas as pd

    return pd.concat([f.assign(metric=m)[["metric", *f.columns]] for m, f in frames.items()], ignore_index=True)


def _notes_of(frames: dict[str, pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(note for frame in frames.values() for note in frame.attrs.get("notes", ())))


def _plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _plain_record(record: dict[str, Any]) -> dict[str, Any]:
    return {k: _plain_record(v) if isinstance(v, dict) else _plain(v) for k, v in record.items()}


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1 and value.is_integer() else f"{value:.4f}"


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
