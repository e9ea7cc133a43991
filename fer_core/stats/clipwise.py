"""Two conditions of an experiment compared on the same clips, and over the folds they were tested in.

Whether a clip is classified as its label, by the highest of the classifiers. Over clips: McNemar's test. Over
folds: the corrected t of Nadeau and Bengio (2003), for folds share the clips they train on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.unknown_people import whose
from fer_core.results.study import Reading, Study, items, load_study
from fer_core.results.words import condition_words
from fer_core.stats.classifiers import CorrectedT, McNemar, corrected_t, mcnemar

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ClipComparison:
    """Two conditions, first minus second.

    Attributes
    ----------
    first, second : str
        Slugs of the conditions.
    seed : int
        Whose tests are compared; a clip counts once.
    clips, subjects : int
        Tested under both conditions, and on them.
    left_out : int
        Clips that only one of the two was tested on.
    mcnemar : McNemar
        Over clips as if independent; clips of one person are not.
    folds : CorrectedT
        Over all folds (or splits) and seeds in which both were tested; its ``note`` says where there is
        no test.
    n_train, n_test : float
        Clips of a fold, on average.
    """

    first: str
    second: str
    seed: int
    clips: int
    subjects: int | None
    left_out: int
    mcnemar: McNemar
    folds: CorrectedT
    n_train: float
    n_test: float

    @property
    def sentences(self) -> list[str]:
        """The comparison in plain sentences, with its numbers."""
        m, f = self.mcnemar, self.folds
        head = (
            f"{condition_words(self.first)} minus {condition_words(self.second)}, on the {self.clips} "
            f"clips{whose({'subjects': self.subjects}, 'person')} that "
            f"both were tested on (seed {self.seed})" + (f"; {self.left_out} left out." if self.left_out else ".")
        )
        clips = (
            f"Right answers: {m.difference:+.3f}. {m.first_only} clips are right under the first alone, "
            f"{m.second_only} under the second alone (McNemar, exact p {_p(m.p_exact)}, mid-p "
            f"{_p(m.p_mid)}); clips count as independent, which those of one person are not."
        )
        folds = (
            f"Over {f.n} folds: {f.mean:+.3f} [{f.low:+.3f}, {f.high:+.3f}], corrected t({f.df}) = "
            f"{f.t:.2f}, p {_p(f.p)} (Nadeau and Bengio; {self.n_train:.0f} clips trained and "
            f"{self.n_test:.0f} tested on)."
            if not f.note
            else f"Over {f.n} fold{'s' if f.n != 1 else ''} there is no test: {f.note}."
        )
        return [head, clips, folds]


def read_experiment(name: str) -> Study:
    """An experiment of this installation by its id, or an included one by its name.

    Raises `FerError` where there is none of that name.
    """
    from fer_core.base.paths import store_file
    from fer_core.store.shipped import shipped_studies
    from fer_core.store.store import Store

    included = shipped_studies()
    with Store(included.get(name, store_file()), read_only=True) as store:
        return load_study(store, store.experiments()[0].id if name in included else name)


def compare_clips(
    study: Study, first: str, second: str, reading: Reading = "outputs", seed: int | None = None
) -> ClipComparison:
    """Compare two conditions clip by clip.

    Parameters
    ----------
    study : Study
    first, second : str
        Slugs of two conditions that were tested.
    reading : {"outputs", "probabilities"}
        How outputs are read (`fer_core.results.study`).
    seed : int, optional
        Whose tests McNemar's test compares; the first seed that both have if not given.

    Raises
    ------
    SettingError
        For conditions or a seed that the experiment does not have, and conditions without a common clip.
    """
    for slug in (first, second):
        if slug not in study.tested:
            known = ", ".join(study.tested) or "none yet"
            raise SettingError(f"{slug!r} is not a tested condition", fix=f"use two of {known}")
    if first == second:
        raise SettingError(f"{first!r} cannot be compared with itself", fix="name two conditions")
    both = _merged(study, first, second, reading)
    seeds = sorted({int(s) for s in both["seed"]})
    chosen = seeds[0] if seed is None and seeds else seed
    if chosen not in seeds:
        known = ", ".join(map(str, seeds)) or "none"
        raise SettingError(f"seed {seed} did not test both conditions", fix=f"use one of {known}")
    mine = both[both["seed"] == chosen]
    tested = {len(rows[rows["seed"] == chosen]) for rows in (items(study, s) for s in (first, second))}
    folds = both.groupby(["seed", "fold"])[["right_first", "right_second"]].mean()
    n_train, n_test = _sizes(study, first)
    people = mine["subject"].nunique() if study.people_known else None
    return ClipComparison(
        first,
        second,
        int(chosen),
        len(mine),
        people,
        max(tested) - len(mine),
        mcnemar(mine["right_first"], mine["right_second"]),
        corrected_t((folds["right_first"] - folds["right_second"]).to_numpy(), n_train, n_test),
        n_train,
        n_test,
    )


def _merged(study: Study, first: str, second: str, reading: Reading) -> pd.DataFrame:
    """One row per seed, fold and clip that both tested: subject, right_first, right_second."""
    parts = []
    for slug in (first, second):
        rows = items(study, slug, reading)
        parts.append(rows.assign(right=rows["emotion"] == rows["classified"]))
    keys = ["seed", "fold", "clip"]
    both = parts[0][[*keys, "subject", "right"]].merge(
        parts[1][[*keys, "right"]], on=keys, suffixes=("_first", "_second")
    )
    if both.empty:
        raise SettingError("the two conditions share no clip", fix="wait until both have been tested")
    return both


def _sizes(study: Study, condition: str) -> tuple[float, float]:
    cells = [c for c in study.cells if c.condition == condition and c.state == "done"]
    return float(np.mean([c.n_train for c in cells])), float(np.mean([c.n_test for c in cells]))


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
