"""A study's tables for a paper: LaTeX with booktabs, value and interval in each cell, N in the caption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fer_core.base.text import for_latex
from fer_core.base.unknown_people import drawn_words
from fer_core.results.metrics import BINARY, CONFIDENCE, RESAMPLES
from fer_core.results.study import Reading, Study, per_condition, per_emotion
from fer_core.results.words import BINARY_METRICS, LEVELS, READINGS, WHOLE_METRICS, seed_words, size_words

if TYPE_CHECKING:
    import pandas as pd

DEFAULT = ("accuracy", "macro_f1", "mean_binary_accuracy", "mean_binary_f1", "mean_binary_recall")


def conditions_table(study: Study, reading: Reading = "outputs", metrics: Sequence[str] = DEFAULT) -> str:
    """Conditions by metric (of `WHOLE_METRICS`)."""
    rows = per_condition(study, reading)
    cells = _cells(rows, "metric")
    lines = [_line([*_levels(slug), *(_value(cells.get((slug, m))) for m in metrics)]) for slug in study.tested]
    titles = ["Architecture", "Tuning", "Loss", *(WHOLE_METRICS[m] for m in metrics)]
    about = "Accuracy and macro F1 read the highest of the classifiers, the others each classifier alone"
    return _table(study, rows, reading, titles, lines, about, "conditions")


def emotions_table(study: Study, metric: str, reading: Reading = "outputs") -> str:
    """Conditions by emotion for one metric (of `BINARY`); intervals stand below the values."""
    assert metric in BINARY, metric
    rows = per_emotion(study, reading)
    rows = rows[rows["metric"] == metric]
    cells = _cells(rows, "emotion")
    lines = []
    for slug in study.tested:
        found = [cells.get((slug, e)) for e in study.emotions]
        lines.append(_line([*_levels(slug), *(_number(c) for c in found)]))
        lines.append(_line(["", "", "", *(rf"{{\scriptsize {_interval(c)}}}" for c in found)]))
    titles = ["Architecture", "Tuning", "Loss", *study.emotions]
    about = f"{BINARY_METRICS[metric]} of each emotion's classifier alone at threshold 0.5"
    return _table(study, rows, reading, titles, lines, about, metric)


def frame_table(frame: pd.DataFrame, caption: str, label: str, digits: int = 3) -> str:
    """Any table of results: column names as titles, numbers to ``digits`` decimals, gaps as a dash."""
    from pandas.api.types import is_numeric_dtype

    def said(value: Any) -> str:
        if isinstance(value, float):
            return "--" if value != value else f"{value:.{digits}f}".replace("-", "$-$", 1)
        return for_latex(str(value))

    lines = [_line([said(v) for v in row]) for row in frame.itertuples(index=False)]
    columns = "".join("r" if is_numeric_dtype(kind) else "l" for kind in frame.dtypes)
    titles = [str(name).replace("_", " ") for name in frame.columns]
    return tabular(titles, lines, caption, label, columns)


def tabular(titles: Sequence[str], lines: Sequence[str], caption: str, label: str, columns: str) -> str:
    """A floating table with booktabs rules; titles, caption and label are escaped here, lines are not."""
    return "\n".join(
        [
            r"% \usepackage{booktabs}",
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{for_latex(caption)}}}",
            rf"  \label{{tab:{label.replace('_', '-')}}}",
            rf"  \begin{{tabular}}{{{columns}}}",
            r"    \toprule",
            _line([for_latex(t) for t in titles]),
            r"    \midrule",
            *lines,
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _cells(rows: pd.DataFrame, across: str) -> dict[tuple[str, str], dict[Any, Any]]:
    return {(r["condition"], r[across]): r for r in rows.to_dict("records")}


def _levels(slug: str) -> list[str]:
    return [LEVELS.get(level, level) for level in slug.split("-")]


def _value(cell: Mapping[Any, Any] | None) -> str:
    return "--" if cell is None else f"{_number(cell)} {_interval(cell)}"


def _number(cell: Mapping[Any, Any] | None) -> str:
    return "--" if cell is None else f"{cell['value']:.3f}"


def _interval(cell: Mapping[Any, Any] | None) -> str:
    return "" if cell is None else f"[{cell['low']:.3f}, {cell['high']:.3f}]"


def _line(cells: Sequence[str]) -> str:
    return "    " + " & ".join(cells) + r" \\"


def _table(
    study: Study,
    rows: pd.DataFrame,
    reading: Reading,
    titles: Sequence[str],
    lines: Sequence[str],
    about: str,
    label: str,
) -> str:
    caption = _caption(study, rows, reading, about)
    return tabular(titles, lines, caption, f"{study.record.id}-{label}", "lll" + "c" * (len(titles) - 3))


def _caption(study: Study, rows: pd.DataFrame, reading: Reading, about: str) -> str:
    """What is shown, of how many, with which interval, made by what."""
    corpus, code = study.record.corpus, str(study.record.provenance.get("code_key", "?"))[:8]
    made = " (synthetic)" if corpus.get("synthetic") else ""
    size = size_words(rows.iloc[0].to_dict()) if len(rows) else "nothing tested yet"
    drawn = drawn_words(study.people_known)
    return (
        f"{about}; {READINGS[reading]}. Corpus {corpus['name']}{made}: {size}; {study.protocol}, "
        f"{seed_words(study.seeds)}. In brackets: {CONFIDENCE:.0%} bootstrap over {drawn}, "
        f"{RESAMPLES} resamples. Experiment {study.record.id}, code {code}."
    )
