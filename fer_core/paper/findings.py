"""What the published study's numbers show that its text does not say, most consequential first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from fer_core.errors import SettingError
from fer_core.paper import (
    data_findings,
    design_findings,
    efficiency_findings,
    equation_findings,
    recall_findings,
)
from fer_core.paper.checks import all_checks, tally, verdicts
from fer_core.paper.finding import Finding
from fer_core.paper.recompute import Recomputed, recomputed_study
from fer_core.stats.table import Evaluations, reconstructed

__all__ = ["Finding", "all_findings", "finding", "what_holds"]

IN_ORDER: tuple[Callable[[Recomputed, Evaluations], Finding], ...] = (
    recall_findings.recall_sign,
    recall_findings.unit_of_analysis,
    design_findings.tost_flip,
    data_findings.impossible_ratios,
    data_findings.always_no,
    design_findings.power_column,
    design_findings.n_6_or_24,
    equation_findings.constant_alpha,
    equation_findings.crossed_flip,
    equation_findings.lost_onset,
    efficiency_findings.whole_model_saving,
    data_findings.counted_twice,
    data_findings.hidden_fear,
    data_findings.focal_boundary,
    design_findings.intervals,
    design_findings.equivalence_words,
    efficiency_findings.parameter_counts,
    data_findings.counting_slips,
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
    third, (medium, small) = recomputed_study().table3, recomputed_study().sample_sizes
    architecture = third[third["comparison"] == "architecture"]
    least = float(architecture["fdr_p"].min())
    total = counted.reproduced + counted.double_rounding + counted.inconsistent + counted.not_checkable
    return (
        f"{counted.reproduced} of {total} results in Tables 1, 2, 3, 4 and 6 follow from one set of 48 "
        f"confusion matrices to every printed digit, {counted.double_rounding} after rounding twice, and "
        f"{counted.inconsistent} not at all: the tables are careful and agree with each other.",
        f"All {judged['published_rule']} verdicts of Table 5 follow from the rule that the study applied.",
        f"No difference between GRU and LSTM is significant (least corrected p {least:.2f}), as reported.",
        f"A medium effect needs {medium} pairs and a small one {small}, as stated (paired t test, power "
        "80%).",
        "The study calls itself preliminary and names its small sample as a limit throughout.",
    )
