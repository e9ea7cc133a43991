"""The imbalance ratios and losses of Table 4: what they can be, given the clips there are."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS, SIX
from fer_core.losses.imbalance import LossPolicy, imbalance_ratio
from fer_core.paper.check import Check
from fer_core.paper.published import table
from fer_core.paper.rounding import Status, status_of

if TYPE_CHECKING:
    import pandas as pd


def candidate_ratios(test_counts: pd.DataFrame) -> pd.DataFrame:
    """Ratios of each emotion that the known sets give.

    ``test_counts`` has emotion, tp, fp, fn, tn. Columns: emotion, printed, test (the reconstructed test
    set), six (CK+'s 309 sequences of the six emotions), seven (all 327, contempt among the negatives).
    """
    import pandas as pd

    printed = table("winarno", 4).set_index("emotion")
    counts = test_counts.set_index("emotion")
    six = sum(CKPLUS_PUBLISHED_COUNTS[e] for e in SIX)
    seven = sum(CKPLUS_PUBLISHED_COUNTS.values())
    rows = []
    for emotion in printed.index:
        c, all_of = counts.loc[emotion], CKPLUS_PUBLISHED_COUNTS[emotion]
        rows.append(
            {
                "emotion": emotion,
                "printed": float(printed.loc[emotion, "imbalance_ratio"]),
                "test": imbalance_ratio(int(c["tp"] + c["fn"]), int(c["fp"] + c["tn"])),
                "six": imbalance_ratio(all_of, six - all_of),
                "seven": imbalance_ratio(all_of, seven - all_of),
            }
        )
    return pd.DataFrame(rows)


def ratio_checks(test_counts: pd.DataFrame) -> Iterator[Check]:
    """Table 4's last two columns.

    The training counts are not printed, so no ratio can be reproduced. A split that keeps the classes'
    shares gives ratios near those of the test set and of the corpus; a printed ratio outside all of
    them (test set, CK+ with and without contempt) is called inconsistent, one within not checkable.
    """
    candidates = candidate_ratios(test_counts)
    for row in candidates.to_dict("records"):
        known = _known(row)
        within = min(known) <= row["printed"] <= max(known)
        span = f"{min(known):.2f} to {max(known):.2f} in the test set and in CK+"
        status: Status = "not checkable" if within else "inconsistent"
        yield Check("Table 4", row["emotion"], "imbalance_ratio", row["printed"], row["test"], 1, status, note=span)
    losses = table("winarno", 4).set_index("emotion")["selected_loss"]
    for row in candidates.to_dict("records"):
        possible = sorted({LossPolicy().choose(r).name for r in (row["six"], row["seven"])})
        agrees = losses[row["emotion"]] in possible
        status = ("reproduced" if len(possible) == 1 else "not checkable") if agrees else "inconsistent"
        note = "by the printed rule (above 3.5, above 11.5) at CK+'s ratios without and with contempt"
        yield Check(
            "Table 4",
            row["emotion"],
            "selected_loss",
            losses[row["emotion"]],
            " or ".join(possible),
            0,
            status,
            note=note,
        )


def training_sets(test_counts: pd.DataFrame) -> pd.DataFrame:
    """Sizes of the training set that fit the test set and the ratios that are possible: an inference.

    Assumed: at most CK+'s sequences of the six emotions, split once so that every class keeps its share up
    to one clip, and the possible ratios of Table 4 being those of the training set. Columns: training,
    total, usual_split (whether scikit-learn's ``train_test_split(test_size=0.3)`` would put so many aside),
    and per emotion the lowest and highest ratio that fits, ``<emotion>_low`` and ``<emotion>_high``.
    """
    import pandas as pd

    candidates = {r["emotion"]: r for r in candidate_ratios(test_counts).to_dict("records")}
    credible = {e: min(_known(r)) <= r["printed"] <= max(_known(r)) for e, r in candidates.items()}
    counts = test_counts.set_index("emotion")
    tested = (counts["tp"] + counts["fn"]).astype(int)
    n_test = int(tested.sum())
    rows = []
    for training in range(1, sum(CKPLUS_PUBLISHED_COUNTS[e] for e in SIX) - n_test + 1):
        fits = {
            e: [
                p
                for p in range(1, CKPLUS_PUBLISHED_COUNTS[e] - tested[e] + 1)
                if _keeps_share(p, int(tested[e]), training, n_test)
                and (not credible[e] or _prints(p, training, candidates[e]["printed"]))
            ]
            for e in SIX
        }
        if not all(fits.values()):
            continue
        if not sum(map(min, fits.values())) <= training <= sum(map(max, fits.values())):
            continue
        total = training + n_test
        row: dict[str, float | bool] = {
            "training": training,
            "total": total,
            "usual_split": math.ceil(0.3 * total) == n_test,
        }
        for e, options in fits.items():
            row[f"{e}_low"] = imbalance_ratio(max(options), training - max(options))
            row[f"{e}_high"] = imbalance_ratio(min(options), training - min(options))
        rows.append(row)
    return pd.DataFrame(rows)


def _known(row: Mapping[Hashable, float]) -> tuple[float, float, float]:
    """The three ratios of one row of `candidate_ratios`."""
    return row["test"], row["six"], row["seven"]


def _keeps_share(positive: int, tested: int, training: int, n_test: int) -> bool:
    """Whether a class's clips are split as the whole set is, up to one clip."""
    share = (positive + tested) * n_test / (training + n_test)
    return math.floor(share) <= tested <= math.ceil(share)


def _prints(positive: int, training: int, printed: float) -> bool:
    return status_of(printed, imbalance_ratio(positive, training - positive), 1) == "reproduced"
