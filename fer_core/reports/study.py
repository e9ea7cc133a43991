"""A study as one HTML file that opens anywhere, without a network: figures, tables and what made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from fer_core.base.text import for_html
from fer_core.base.unknown_people import UNKNOWN
from fer_core.reports.export import DESIGN, design_json, provenance_rows, record_json, rerun_command
from fer_core.reports.html import Drawing, document, download, section, table
from fer_core.results import study as found
from fer_core.results.metrics import interval_method
from fer_core.results.study import Reading, Study
from fer_core.results.words import (
    BINARY_METRICS,
    LEVELS,
    READINGS,
    SETTINGS,
    WHOLE_METRICS,
    condition_words,
    seed_words,
    size_words,
)

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("accuracy", "macro_f1", "mean_binary_accuracy", "mean_binary_recall")
"""Metrics of the dot plot; the table has all."""


def html_report(study: Study, reading: Reading = "outputs") -> str:
    """The whole report; a study that is not finished is reported as far as it is."""
    draw = Drawing()
    parts = [_opening(study, reading)]
    parts += [section(title, inside) for title, inside in _sections(study, reading, draw)]
    return document(study.record.name or study.record.id, parts)


def headline(rows: pd.DataFrame, metric: str = "macro_f1") -> str:
    """One sentence about the conditions' spread in a metric; ``rows`` are of `per_condition`.

    It describes and does not test.
    """
    part = rows[rows["metric"] == metric].sort_values("value")
    if part.empty:
        return "No cell is done yet."
    low, high = part.iloc[0], part.iloc[-1]
    name = WHOLE_METRICS[metric]
    if len(part) == 1:
        return f"{name} of {condition_words(high['condition'])} is {_estimate(high)}."
    return (
        f"{name} runs from {_estimate(low)} ({condition_words(low['condition'])}) to {_estimate(high)} "
        f"({condition_words(high['condition'])}). Whether conditions differ by more than chance is not "
        "tested in this report."
    )


def _estimate(row: Any, between: str = " ") -> str:
    return f"{row['value']:.3f}{between}[{row['low']:.3f}, {row['high']:.3f}]"


# --- parts of the page ----------------------------------------------------------------------------


def _opening(study: Study, reading: Reading) -> str:
    rows = found.per_condition(study, reading)
    done = sum(c.state == "done" for c in study.cells)
    lines = [f"<p class=lead>{for_html(headline(rows))}</p>"]
    if len(rows):
        lines.append(f"<p>{for_html(_about(study, rows, reading))}</p>")
    if study.record.corpus.get("synthetic"):
        lines.append(f"<p class=note>Synthetic data: {for_html(str(study.record.corpus.get('note', '')))}</p>")
    if done < study.record.planned:
        lines.append(f"<p class=note>Not finished: {done} of {study.record.planned} cells are done.</p>")
    return "\n".join(lines)


def _about(study: Study, rows: pd.DataFrame, reading: Reading) -> str:
    return (
        f"Corpus {study.record.corpus['name']}: {size_words(rows.iloc[0].to_dict())}. Protocol: "
        f"{study.protocol}, {seed_words(study.seeds)}. Read are the {READINGS[reading]}."
    )


def _sections(study: Study, reading: Reading, draw: Drawing) -> Iterator[tuple[str, Iterable[str]]]:
    """(title, parts of HTML) of everything that can be shown."""
    if study.tested:
        yield "Conditions", _conditions(study, reading, draw)
        yield "Emotions", _emotions(study, reading, draw)
        yield "Confusion matrices", _confusions(study, reading, draw)
        yield "Learning curves", _curves(study, draw)
    if study.trials:
        yield "Searches", _searches(study, draw)
    if any(c.state == "failed" for c in study.cells):
        yield "Failed cells", [_failures(study)]
    yield "What made it", _provenance(study)
    yield "How it was computed", [f"<p>{for_html(text)}</p>" for text in _methods(study)]


def _conditions(study: Study, reading: Reading, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.study import means_figure

    rows = found.per_condition(study, reading)
    yield draw(means_figure(rows, _SHOWN, found.baselines(study)), "Each condition's metrics with 95% intervals")
    titles = ["Architecture", "Tuning", "Loss", *WHOLE_METRICS.values(), "Clips", "Subjects", "Folds done"]
    lines = []
    for slug, part in rows.groupby("condition", sort=False):
        of = part.set_index("metric")
        one = part.iloc[0]
        folds = f"{one['folds_done']} of {one['folds_planned']}"
        values = [_estimate(of.loc[m], "\n") for m in WHOLE_METRICS]
        lines.append(
            [*_levels(str(slug)), *values, one["n"], one["subjects"] if study.people_known else UNKNOWN, folds]
        )
    yield table(titles, lines, "narrow")


def _emotions(study: Study, reading: Reading, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.study import emotion_conditions_figure

    rows = found.per_emotion(study, reading)
    for metric, title in BINARY_METRICS.items():
        yield f"<h3>{for_html(title)}</h3>"
        yield draw(emotion_conditions_figure(rows, metric), f"{title} of each emotion's classifier by condition")


def _confusions(study: Study, reading: Reading, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.results import confusion_figure

    unit = "clips" if len(study.seeds) == 1 else "tests"
    for slug in study.tested:
        counts = {"emotions": study.emotions, "confusion": found.confusion(study, slug, reading)}
        figure = confusion_figure(counts, unit)
        yield f"<h3>{for_html(condition_words(slug))}</h3>"
        yield draw(figure, f"Confusion matrix of {condition_words(slug)}", width=760)


def _curves(study: Study, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.training import learning_curves_figure

    yield "<p>Each fold and seed thin, their median thick. Losses of different kinds cannot be compared.</p>"
    for slug in study.tested:
        yield f"<h3>{for_html(condition_words(slug))}</h3>"
        figure = learning_curves_figure(found.curves(study, slug), study.emotions)
        yield draw(figure, f"Loss by epoch of {condition_words(slug)}")


def _searches(study: Study, draw: Drawing) -> Iterator[str]:
    from fer_core.figures.searches import convergence_figure, space_figure

    steps, tried = found.convergence(study.trials), found.trial_table(study.trials)
    yield draw(convergence_figure(steps, study.emotions, study.objective), "Best value so far by trial")
    if tried["value"].notna().any():
        yield draw(space_figure(tried, study.objective), "Settings that were tried, by value")
    best = found.best_trials(study.trials)
    names = [name for name in SETTINGS if name in best and tried[name].nunique() > 1]
    titles = [
        "Condition",
        "Emotion",
        "Searches",
        "Trials",
        "Failed",
        "Hours",
        "Best value, median",
        *(f"{name.replace('_', ' ')}, median" for name in names),
    ]
    lines = []
    for (slug, emotion), part in best.groupby(["condition", "emotion"], sort=False):
        spent = [len(part), part["trials"].sum(), part["failed"].sum(), f"{part['seconds'].sum() / 3600:.2f}"]
        middle = [f"{part[name].median():.4g}" for name in ("value", *names)]
        lines.append([condition_words(str(slug)), emotion, *spent, *middle])
    about = f"{study.objective}; smaller is better. The table is about each search's best trial."
    yield f"<p>{for_html(about)}</p>"
    yield table(titles, lines)


def _failures(study: Study) -> str:
    lines = [[condition_words(c.condition), c.seed, c.fold + 1, c.error] for c in study.cells if c.state == "failed"]
    return table(["Condition", "Seed", "Fold", "What went wrong"], lines)


def _provenance(study: Study) -> Iterator[str]:
    yield table(["", ""], [[name, value] for name, value in provenance_rows(study)])
    yield "<h3>Do it again</h3>"
    yield f"<pre>{for_html(rerun_command(study))}</pre>"
    files = (DESIGN, design_json(study)), ("record.json", record_json(study))
    links = " and ".join(download(*file) for file in files)
    yield f"<p>{links}; the record holds the clips of every test side.</p>"
    yield f"<details><summary>The design</summary><pre>{for_html(design_json(study))}</pre></details>"


def _methods(study: Study) -> tuple[str, ...]:
    whole = "subject's clips" if study.people_known else "clip's tests"
    return (
        f"Intervals: {interval_method(study.people_known)}. A clip is tested at most once per seed, by a "
        f"recogniser that was not trained on it; a {whole} of all seeds are drawn together. The intervals "
        "hold for the seeds run.",
        *study.record.provenance.get("notes", ()),
        *_METHODS,
    )


_METHODS = (
    "Accuracy, balanced accuracy and macro F1 read the highest of the classifiers; the other metrics read "
    "each classifier alone at threshold 0.5. With E emotions, always answering no gives a binary accuracy of "
    "1 − 1/E on average. A ratio with nothing in its denominator counts as 0.",
    "An expression is not a feeling: the numbers say how often a movement was classified as its label says, "
    "not what a person felt.",
)


# --- inside ---------------------------------------------------------------------------------------


def _levels(slug: str) -> list[str]:
    return [LEVELS.get(level, level) for level in slug.split("-")]
