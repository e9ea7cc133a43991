"""What the published study's numbers show that its text does not say, most consequential first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from fer_core.base.errors import SettingError
from fer_core.paper import (
    data_findings,
    design_findings,
    efficiency_findings,
    equation_findings,
    loss_findings,
    recall_findings,
    reporting_findings,
)
from fer_core.paper.checks import all_checks, tally, verdicts
from fer_core.paper.finding import Finding
from fer_core.paper.recompute import Recomputed, recomputed_study
from fer_core.stats.table import Evaluations, reconstructed

__all__ = ["Finding", "all_findings", "finding", "what_holds"]

IN_ORDER: tuple[Callable[[Recomputed, Evaluations], Finding], ...] = (
    recall_findings.recall_sign,
    loss_findings.same_loss,
    recall_findings.unit_of_analysis,
    data_findings.impossible_ratios,
    data_findings.always_no,
    reporting_findings.protocol,
    design_findings.n_6_or_24,
    design_findings.tost_flip,
    efficiency_findings.whole_model_saving,
    reporting_findings.two_abstracts,
    design_findings.power_column,
    data_findings.hidden_fear,
    design_findings.equivalence_words,
    equation_findings.crossed_flip,
    equation_findings.lost_onset,
    equation_findings.constant_alpha,
    data_findings.focal_boundary,
    design_findings.interactions,
    design_findings.intervals,
    efficiency_findings.parameter_counts,
    efficiency_findings.untimed,
    reporting_findings.contradictions,
)
"""How each finding is computed, in the order of what it means for a reader."""


@cache
def all_findings() -> tuple[Finding, ...]:
    """Every finding about Winarno et al., in order of consequence; computed once."""
    found, evaluations = recomputed_study(), reconstructed()
    made = (compute(found, evaluations) for compute in IN_ORDER)
    return tuple(replace(f, consequence=i) for i, f in enumerate(made, start=1))


def finding(name: str) -> Finding:
    """One finding by its id. Raises `SettingError` where there is none."""
    for one in all_findings():
        if one.id == name:
            return one
    known = ", ".join(f.id for f in all_findings())
    raise SettingError(f"there is no finding {name!r}", fix=f"use one of {known}")


def what_holds() -> tuple[str, ...]:
    """What stands of the study, in a few sentences, computed like the rest."""
    checks = all_checks()
    counted, judged = tally(checks), verdicts(checks)
    third = recomputed_study().table3
    architecture = third[third["comparison"] == "architecture"]
    least = float(architecture["fdr_p"].min())
    aside = [c for c in checks if c.table in TALLIED and not c.tallied and not isinstance(c.published, str)]
    kinds = list(dict.fromkeys(f"{_KINDS[c.column]} ({c.table})" for c in aside))
    return (
        f"Tables 1, 2, 3, 4 and 6: {counted.words}, from one set of {len(reconstructed())} confusion "
        f"matrices. So far the tables are careful and agree with each other; set aside are {len(aside)} "
        f"values: {', '.join(kinds)}.",
        f"All {judged['published_rule']} verdicts of Table 5 follow from the rule that the study applied.",
        f"No difference between GRU and LSTM is significant (least corrected p {least:.2f}), as reported.",
        "The article calls itself preliminary and names its small sample as a limit throughout.",
    )


TALLIED = ("Table 1", "Table 2", "Table 3", "Table 4", "Table 6")
"""The tables whose results the tally is over (`fer_core.paper.checks`)."""

_KINDS = {"power": "power", "imbalance_ratio": "imbalance ratios", "current_n": "n"}
