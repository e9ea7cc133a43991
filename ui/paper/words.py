"""What the Paper page says, and where each finding can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fer_core.base.text import for_markdown
from fer_core.paper.published import sources

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.paper.check import Check, Tally
    from fer_core.paper.finding import Finding
    from fer_core.paper.other_check import OtherCheck
    from fer_core.paper.rounding import Status
    from fer_core.paper.verdict import Verdict

ABOUT = (
    "{short} recognise six emotions in clips of CK+ from face landmarks, with one yes-no network per "
    "emotion, in eight conditions: GRU or LSTM, layer sizes found by Bayesian search or predefined, and a "
    "loss that adapts to each emotion's imbalance or plain cross-entropy. The article calls itself "
    "preliminary. Its raw results are not published; the 48 confusion matrices behind its tables are "
    "**reconstructed** here, as the only whole numbers that give what it prints. What rests on them is an "
    "inference, if a firm one."
)

HOW = """
**Reconstruction.** Table 4 fixes the test set (87 clips) and how many show each emotion. For each of the
eight conditions, all whole-number true and false positives of six classifiers were tried that give the means,
intervals, SDs and medians of Table 1; 2 to 54 sets per condition do. Of the 215,550,720 ways to combine
those, one alone also gives the F values of Table 2 and the differences of Table 3. It contains Table 4
as one of its conditions, although the search was not told so. It assumes the same test clips in
every condition, and that precision and F1 count as 0 where nothing was classified as the emotion.

**Checks.** Every number is computed anew from those counts by the functions that the other pages use, and
rounded to the printed decimals. *Reproduced*: the same digits. *Double rounding*: the same digits if it is
first rounded to one decimal more. *Inconsistent*: other digits. *Not checkable*: the counts do not determine
it. The tally is over the results of Tables 1, 2, 3, 4 and 6; words, verdicts, the power column of Table 2,
the imbalance ratios and losses of Table 4, and Tables 5 and 7 are counted apart.

**Order and verdicts.** Findings are ordered by how much they change what a reader may conclude. *Wrong*:
arithmetic, or other numbers of the study, contradict its claim. *Overstated*: something of it stands, less
than is said. *Cannot be checked*: what the claim rests on is not printed.
"""

RECONSTRUCTED, PRINTED, DESIGN = "reconstructed", "printed numbers", "equations and design"
BASES = {
    RECONSTRUCTED: "Rests on the confusion matrices that were reconstructed from the tables.",
    PRINTED: "Follows from the numbers that the study prints.",
    DESIGN: "Follows from the equations, the network and the procedure as the study describes them.",
}
INFERENCE = "Goes beyond arithmetic: part of it is inferred, as the text says."

BASIS: dict[str, str] = {
    "recall-sign": RECONSTRUCTED,
    "same-loss": RECONSTRUCTED,
    "unit-of-analysis": RECONSTRUCTED,
    "tost-flip": RECONSTRUCTED,
    "imbalance-ratios": PRINTED,
    "always-no": RECONSTRUCTED,
    "power-column": PRINTED,
    "n-6-or-24": PRINTED,
    "eq9-constant": DESIGN,
    "eq3-mirror": DESIGN,
    "eq2-sampling": DESIGN,
    "gru-saving": DESIGN,
    "protocol": DESIGN,
    "two-abstracts": PRINTED,
    "interactions": RECONSTRUCTED,
    "untimed": PRINTED,
    "hidden-fear": RECONSTRUCTED,
    "focal-boundary": PRINTED,
    "intervals": RECONSTRUCTED,
    "equivalence-words": PRINTED,
    "parameter-counts": DESIGN,
    "contradictions": PRINTED,
}
"""What each finding rests on."""

_EFFECTS = {"table": "published", "effects_metric": "recall"}
_EQUIVALENCE = {"table": "published", "equivalence_metric": "accuracy", "equivalence_margin": "0.02"}
SEE: dict[str, tuple[str, dict[str, str]]] = {
    "recall-sign": ("effects", _EFFECTS | {"effects_unit": "published"}),
    "same-loss": ("heatmaps", {"table": "published", "heatmaps_metric": "recall"}),
    "unit-of-analysis": ("effects", _EFFECTS | {"effects_unit": "emotion"}),
    "tost-flip": ("equivalence", _EQUIVALENCE | {"equivalence_rule": "tost"}),
    "imbalance-ratios": ("dataset", {}),
    "always-no": ("heatmaps", {"table": "published", "heatmaps_metric": "accuracy"}),
    "power-column": ("effects", _EFFECTS | {"effects_unit": "published"}),
    "n-6-or-24": ("power", {"table": "published", "power_d": "0.79", "power_n": "24"}),
    "eq3-mirror": ("landmarks", {}),
    "eq2-sampling": ("landmarks", {}),
    "hidden-fear": ("heatmaps", {"table": "published", "heatmaps_metric": "f1"}),
    "focal-boundary": ("sensitivity", {}),
    "gru-saving": ("efficiency", {}),
    "equivalence-words": ("equivalence", _EQUIVALENCE | {"equivalence_rule": "published"}),
}
"""Finding → the page that shows it, and the settings it is to open with."""

SEE_WORDS = {
    "effects": "See it in Effects",
    "equivalence": "See it in Equivalence",
    "power": "See it in Power",
    "heatmaps": "See it in Heatmaps",
    "dataset": "See it in a corpus",
    "landmarks": "See it in a clip",
    "sensitivity": "See what the thresholds change",
    "efficiency": "See it counted and measured",
}

TABLES = {
    "Table 1": "means, intervals, SDs and medians per condition",
    "Table 2": "analysis of variance",
    "Table 3": "differences in matched pairs",
    "Table 4": "one classifier per emotion",
    "Table 5": "verdicts of equivalence",
    "Table 6": "power and sample size",
    "Table 7": "other studies",
}

STATUS_SIGNS: dict[Status, str] = {"reproduced": "✓", "double rounding": "≈", "inconsistent": "✗", "not checkable": "?"}

VERDICT_COLOURS: dict[Verdict, str] = {"wrong": "red", "overstated": "orange", "cannot be checked": "gray"}

_COLUMNS = {
    "sd": "SD",
    "ms": "MS",
    "d_z": "d",
    "n": "n",
    "p": "p",
    "F": "F",
    "Q": "Q",
    "R": "R",
    "f1": "F1",
    "tp": "TP",
    "fp": "FP",
    "fn": "FN",
    "tn": "TN",
    "six": "CK+ six",
    "seven": "CK+ with contempt",
    "test": "test set",
    "loss_printed": "loss by printed ratio",
    "loss_test": "by test set's",
    "loss_six": "by CK+ six",
    "loss_seven": "by CK+ with contempt",
    "above": "if above 11.5",
    "from_on": "if from it on",
    "ci90_low": "90% from",
    "ci90_high": "to (90%)",
    "ci95_low": "95% from",
    "ci95_high": "to (95%)",
    "tost": "equivalent by TOST",
    "published_rule": "by the study's rule",
    "mean_advanced": "adaptive",
    "mean_standard": "plain",
    "standard_minus_advanced": "difference",
    "printed_difference": "printed",
    "from_table_1_alone": "by Table 1 alone",
    "loss_changed": "another loss in Table 4",
    "p_with_emotion_as_block": "p, emotion as a block",
    "advanced": "adaptive",
    "standard": "plain",
}
_LOSSES = {"bce": "plain BCE", "weighted_bce": "weighted BCE", "focal": "focal loss"}
_VALUES: dict[Any, str] = {**_LOSSES, "gru": "GRU", "lstm": "LSTM", "f1": "F1", True: "yes", False: "no"}
_RATIO_SETS = {"printed": "as printed", "test": "test set", "six": "CK+ six", "seven": "CK+ with contempt"}


def headline(counted: Tally, found: Sequence[Finding]) -> str:
    """The page's sentence."""
    first = found[0]
    if first.figures["gain"] <= 0 or counted.inconsistent:
        return first.sentence
    return (
        f"The tables of {sources()['winarno'].short.partition(' (')[0]} hold: {counted.words}. "
        "The headline finding is read the wrong way round: the adaptive loss "
        f"raises recall by {100 * first.figures['gain']:.1f} points, where the text says that it lowers it."
    )


def chip(verdict: Verdict) -> str:
    """Markdown: a verdict as a coloured badge."""
    return f":{VERDICT_COLOURS[verdict]}-badge[{verdict}]"


def standing_out(check: OtherCheck) -> str:
    """Markdown: a check of another study that its reader should know of."""
    assert check.verdict is not None
    where = f"{check.where[:1].upper()}{check.where[1:]}"
    inferred = " *(inference)*" if check.inference else ""
    return (
        f"{chip(check.verdict)} {for_markdown(where)}: {for_markdown(check.what)}, printed "
        f"{check.published}. {for_markdown(check.sentence)}{inferred}"
    )


def outside(counted: Tally) -> str:
    """The values that the tally leaves out, in a sentence."""
    return (
        f"Beside them {counted.checked + counted.not_checkable} further printed values were looked at "
        f"(words, verdicts, power, ratios): {counted.reproduced + counted.double_rounding} agree, "
        f"{counted.inconsistent} do not, {counted.not_checkable} cannot be checked."
    )


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Evidence for people: column names in words, three significant digits, yes and no, gaps as dashes."""
    made = frame.copy()
    for name in made.columns:
        values = [_said(v) for v in made[name]]
        if made[name].isna().any():  # a gap as a dash; then all as text, for one column has one type
            values = [f"{v}" if v == v and v is not None else "–" for v in values]
        made[name] = values
    if "ratios" in made:
        made["ratios"] = made["ratios"].replace(_RATIO_SETS)
    return made.rename(columns={c: _COLUMNS.get(str(c), _titled(str(c))) for c in made.columns})


def check_rows(checks: Sequence[Check]) -> pd.DataFrame:
    """The checks of Tables 1 to 7 as a table."""
    import pandas as pd

    names = ["table", "row", "value", "published", "recomputed", "status", "note"]
    rows = [
        (c.table, _row(c.row), _COLUMNS.get(c.column, _titled(c.column)), *_both(c), c.status, c.note) for c in checks
    ]
    return pd.DataFrame(rows, columns=names)


def other_rows(checks: Sequence[OtherCheck]) -> pd.DataFrame:
    """The checks of the other studies as a table."""
    import pandas as pd

    names = ["study", "where", "value", "published", "recomputed", "status", "what follows", "inference"]
    rows = [
        (
            sources()[c.study].short,
            c.where,
            c.what,
            c.published,
            c.recomputed,
            c.status,
            c.sentence,
            "yes" if c.inference else "no",
        )
        for c in checks
    ]
    return pd.DataFrame(rows, columns=names)


def per_table(checks: Sequence[Check]) -> pd.DataFrame:
    """How many values of each table have which status."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for table, about in TABLES.items():
        statuses = [c.status for c in checks if c.table == table]
        rows.append({"table": table, **{s: statuses.count(s) for s in STATUS_SIGNS}, "what": about})
    return pd.DataFrame(rows)


def with_signs(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with a sign before each status, for the eye."""
    return frame.assign(status=[f"{STATUS_SIGNS[s]} {s}" for s in frame["status"]])


def _both(check: Check) -> tuple[str, str]:
    return _words(check.published_text), _words(check.recomputed_text)


def _words(text: str) -> str:
    """A loss's name, or "bce or focal", in words."""
    return " or ".join(_LOSSES.get(part, part) for part in text.split(" or "))


def _titled(name: str) -> str:
    return " ".join({"sd": "SD", "f1": "F1"}.get(w, w) for w in name.split("_"))


def _row(text: str) -> str:
    return ", ".join(_VALUES.get(part, part) for part in text.split(", "))


def _said(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{round(value, 6):.3g}") if abs(value) < 1000 else value
    if hasattr(value, "item"):
        return _said(value.item())
    return _VALUES.get(value, value) if isinstance(value, str | bool) else value
