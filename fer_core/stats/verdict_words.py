"""What TOST found, in one plain sentence."""

from __future__ import annotations

import math

from fer_core.results.words import LEVELS
from fer_core.stats.tost import Equivalence


def sentence(e: Equivalence) -> str:
    """The verdict in one plain sentence, with its numbers."""
    first, second = words(e.first), words(e.second)
    where = f" in {words(e.metric)}" if e.metric else ""
    about = f"{first} and {second}" + (f" {e.factor}" if e.factor in ("tuning", "loss") else "")
    if not math.isfinite(e.p):
        return f"Nothing can be said about {about}{where}: {e.note or 'there is no test'}."
    margin = f"±{e.high:.3f}" if e.high == -e.low else f"{e.low:+.3f} to {e.high:+.3f}"
    inner = f"{100 * (1 - 2 * e.alpha):g}% interval {_span(e.ci90)}"
    outer = f"{100 * (1 - e.alpha):g}% interval {_span(e.ci95)}"
    difference = f"the difference, {first} minus {second}, is {_signed(e.mean)}"
    size = f"TOST p {_p(e.p)}, n = {e.n}"
    if e.verdict == "equivalent":
        return (
            f"{capital(about)} are equivalent{where} within {margin}: {difference}, and its {inner} "
            f"lies inside the margin ({size})."
        )
    if e.verdict == "both":
        return (
            f"{capital(about)} differ{where}, but by less than matters: {difference}, its {outer} "
            f"leaves out zero, and its {inner} lies inside the margin of {margin} ({size})."
        )
    if e.verdict == "different":
        return (
            f"{capital(about)} differ{where}: {difference}, its {outer} leaves out zero, and its "
            f"{inner} is not inside the margin of {margin} ({size})."
        )
    return (
        f"It is undecided whether {about} are equivalent{where}: {difference}, its {inner} reaches "
        f"beyond the margin of {margin}, and its {outer} holds zero ({size})."
    )


def words(name: str) -> str:
    """How a level or a metric is written in a sentence: ``GRU``, ``F1``, ``recall``."""
    return LEVELS.get(name, "F1" if name == "f1" else name)


def capital(text: str) -> str:
    """The text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def _span(interval: tuple[float, float]) -> str:
    return f"[{_signed(interval[0])}, {_signed(interval[1])}]"


def _signed(value: float) -> str:
    """Three decimals with a minus sign, and no negative zero."""
    text = f"{value:.3f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"
