"""The checks of three other studies on recognising emotions, each computed from what they print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from fer_core.paper import munsarif, suwartono, tutuianu
from fer_core.paper.other_check import OtherCheck
from fer_core.paper.published import Study
from fer_core.paper.verdict import Verdict

__all__ = ["STAND_OUT", "OtherCheck", "other_checks", "stand_outs"]

STAND_OUT: Mapping[Study, Mapping[str, Verdict]] = {
    "munsarif": {
        "figure-7a": "wrong",
        "figure-7b": "wrong",
        "ckplus-leak": "cannot be checked",
        "attainable-FERPlus-99.99": "wrong",
        "ferplus-originals": "cannot be checked",
        "tuned": "overstated",
        "ckplus-best": "wrong",
    },
    "tutuianu": {
        "recall-accuracy": "wrong",
        "ranking": "overstated",
        "labels": "overstated",
        "resnet18-btfer_accuracy": "wrong",
        "resnet50-val_accuracy": "wrong",
    },
    "suwartono": {
        "overlap": "wrong",
        "test-accuracy": "wrong",
        "test-interval": "wrong",
        "fold-interval": "wrong",
        "components": "cannot be checked",
        "models": "cannot be checked",
    },
}
"""Study to those of its checks that a reader should know of, most consequential first, with verdicts."""


@cache
def other_checks() -> tuple[OtherCheck, ...]:
    """Every check of Munsarif and Ku-Mahamud, of Ipinze Tutuianu et al. and of Suwartono et al."""
    found = (*munsarif.checks(), *tutuianu.checks(), *suwartono.checks())
    return tuple(replace(c, verdict=STAND_OUT[c.study].get(c.id)) for c in found)


def stand_outs(study: Study) -> tuple[OtherCheck, ...]:
    """The checks of one study that a reader should know of, in the order of `STAND_OUT`."""
    named = {c.id: c for c in other_checks() if c.study == study}
    return tuple(named[name] for name in STAND_OUT[study])
