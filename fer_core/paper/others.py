"""The checks of three other studies on recognising emotions, each computed from what they print."""

from __future__ import annotations

from functools import cache

from fer_core.paper import munsarif, suwartono, tutuianu
from fer_core.paper.other_check import OtherCheck

__all__ = ["OtherCheck", "other_checks"]


@cache
def other_checks() -> tuple[OtherCheck, ...]:
    """Every check of Munsarif and Ku-Mahamud, of Ipinze Tutuianu et al. and of Suwartono et al."""
    return (*munsarif.checks(), *tutuianu.checks(), *suwartono.checks())
