"""The tables of docs/study.md, from the studies that ship and the published one as reconstructed.

    PYTHONPATH=. python scripts/study_tables.py

`assets/paper/confusion_reconstructed.csv` holds the published study's 48 confusion matrices (Winarno et
al.), inferred from its printed tables; the authors' own data are not published.
"""

from __future__ import annotations

import pandas as pd

from fer_core.base.paths import assets_dir
from fer_core.results.differences import ALL, LEVELS, level_differences
from fer_core.results.study import Study, load_study, per_condition, per_emotion
from fer_core.results.words import condition_words
from fer_core.store.shipped import shipped_studies
from fer_core.store.store import Store

METRICS = ("recall", "precision", "f1")
STUDIES = {"ckplus_holdout": "hold-out, 50 evaluations", "ckplus_folds": "5 folds, 8 evaluations"}


def main() -> None:
    """Print them as Markdown."""
    published = pd.read_csv(assets_dir() / "paper" / "confusion_reconstructed.csv")
    published = published.rename(columns={"optimization": "tuning"})
    published["architecture"] = published["architecture"].str.lower()
    studies = {words: _load(name) for name, words in STUDIES.items() if name in shipped_studies()}
    for words, study in studies.items():
        print(f"\n### Conditions, {words}\n")
        _conditions(study)
    print("\n### Per emotion: mean over the eight conditions\n")
    _emotions(published, studies)
    for factor in LEVELS:
        print(f"\n### {factor}: {' minus '.join(LEVELS[factor])}\n")
        _differences(published, studies, factor)


def _load(name: str) -> Study:
    with Store(shipped_studies()[name], read_only=True) as store:
        return load_study(store, store.experiments()[0].id)


def _conditions(study: Study) -> None:
    shown = ("accuracy", "macro_f1", "mean_binary_accuracy", "mean_binary_recall", "mean_binary_precision")
    _row("condition", *(name.replace("_", " ") for name in shown))
    _row(*["---"] * (1 + len(shown)))
    table = per_condition(study)
    for slug, part in table.groupby("condition", sort=False):
        of = part.set_index("metric")
        _row(condition_words(str(slug)), *(_estimate(of.loc[m]) for m in shown))


def _emotions(published: pd.DataFrame, studies: dict[str, Study]) -> None:
    _row("emotion", *(f"{m}, {who}" for m in METRICS for who in ("published", *studies)))
    _row(*["---"] * (1 + len(METRICS) * (1 + len(studies))))
    theirs = published.groupby("emotion")[list(METRICS)].mean()
    ours = {words: per_emotion(study) for words, study in studies.items()}
    means = {words: t.groupby(["emotion", "metric"])["value"].mean() for words, t in ours.items()}
    for emotion in theirs.index:
        cells = []
        for metric in METRICS:
            cells += [theirs.loc[emotion, metric], *(m.loc[emotion, metric] for m in means.values())]
        _row(emotion, *(f"{v:.2f}" for v in cells))


def _differences(published: pd.DataFrame, studies: dict[str, Study], factor: str) -> None:
    first, second = LEVELS[factor]
    theirs = (
        published[published[factor] == first].groupby("emotion")[list(METRICS)].mean()
        - published[published[factor] == second].groupby("emotion")[list(METRICS)].mean()
    )
    theirs.loc[ALL] = theirs.mean()
    ours = [level_differences(study) for study in studies.values()]
    _row("emotion", *(f"{m}, {who}" for m in METRICS for who in ("published", *studies)))
    _row(*["---"] * (1 + len(METRICS) * (1 + len(studies))))
    for emotion in theirs.index:
        cells = []
        for metric in METRICS:
            cells.append(f"{theirs.loc[emotion, metric]:+.3f}")
            name = f"mean_binary_{metric}" if emotion == ALL else metric
            for table in ours:
                row = table[(table["factor"] == factor) & (table["emotion"] == emotion) & (table["metric"] == name)]
                cells.append(_estimate(row.iloc[0], "+"))
        _row(emotion, *cells)


def _estimate(row: pd.Series, sign: str = "") -> str:
    if row["low"] == row["high"]:  # every resample alike: its interval says nothing
        return f"{row['value']:{sign}.3f}"
    return f"{row['value']:{sign}.3f} [{row['low']:{sign}.3f}, {row['high']:{sign}.3f}]"


def _row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()
