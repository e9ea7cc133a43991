"""What the Equivalence page says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fer_core.base.text import for_markdown
from fer_core.figures.equivalence import SIGNS
from fer_core.results.differences import ALL
from fer_core.stats.judging import Basis, Judged, Rule
from fer_core.stats.tost import Verdict
from fer_core.stats.verdict_words import capital, words
from ui.common.words import listed

CHIPS: dict[Verdict, tuple[str, str]] = {
    "equivalent": ("blue", "equivalent"),
    "both": ("violet", "both"),
    "different": ("orange", "different"),
    "undecided": ("gray", "undecided"),
}
"""Colour and words of a verdict."""

_VERDICTS: dict[Verdict, str] = {v: said for v, (_, said) in CHIPS.items()} | {"both": "different but equivalent"}
_MOST_SPLIT = 2
"""Comparisons that the headline names; more are counted."""

UNIT_WORDS: dict[Basis, str] = {"pair": "matched pairs", "emotion": "emotions", "people": "people"}
RULE_WORDS: dict[Rule, str] = {"tost": "TOST", "published": "the published rule"}

HOW = """
**TOST**: two one-sided t tests of the paired differences, against the lower and the upper limit of the margin
(Schuirmann, 1987); both reject at alpha exactly where the 1 − 2 alpha interval lies inside the margin. The
**published rule** asks for the normal 95% interval, mean ± 1.96 standard errors, inside the margin: an alpha
of 0.025 on each side, with z in place of t. Levels are *different* where the 95% interval (1 − alpha) leaves
out 0. So there are four verdicts: equivalent, different, both (different, but by less than the margin)
and undecided.

**Units.** Matched pairs agree in everything but one factor. Pairs of one emotion share its test clips and its
difficulty, so taking them as independent makes intervals too narrow; with emotions as the unit the pairs of
each are averaged first, and there are only as many differences as emotions. Over people, each resample draws
subjects with all their clips, the same for every condition; the 90% and the 95% percentile interval of
1000 resamples take the place of the t intervals.

A margin has to be chosen for what matters, before the data are seen. The smallest margin that data support is
read off here to describe them; chosen afterwards, it proves nothing. Margins start at those of the published
study (accuracy 0.02, others 0.05; it has none for specificity).
"""


def headline(judged: Sequence[Judged], emotion: str = ALL) -> str:
    """Markdown: every verdict in one sentence, with the unit, the margins and the rule if it is not TOST."""
    shown = [j for j in judged if j.inside]
    both, different, undecided = ([j for j in judged if j.verdict == v] for v in ("both", "different", "undecided"))
    unit, rule = judged[0].basis, judged[0].rule
    by = "" if rule == "tost" else f", by {rule_words(rule, unit)}"
    of = "" if emotion == ALL else f", classifier of {for_markdown(emotion)}"
    first = (
        f"Over {UNIT_WORDS[unit]}{of}{by}: {len(shown) or 'none'} of {len(judged)} comparisons "
        f"{'is' if len(shown) < 2 else 'are'} equivalent within {margins_words(judged)}"
    )
    if 0 < len(shown) <= 4:
        first += f" ({_named(shown)})"
    if both:
        first += f", {len(both)} of them although there is a difference"
    parts = [first]
    if different:
        named = f" ({_named(different)})" if len(different) <= 3 else ""
        parts.append(f"{_count(len(different))} different{named}")
    if undecided:
        parts.append(f"{_count(len(undecided))} undecided, which does not mean equal")
    return "; ".join(parts) + "."


def margins_words(judged: Sequence[Judged]) -> str:
    """``±0.02 for accuracy and ±0.05 for the other metrics``."""
    by_margin: dict[str, list[str]] = {}
    for metric, low, high in dict.fromkeys((j.metric, j.low, j.high) for j in judged):
        text = f"±{high:.3g}" if -low == high else f"{signed(low)} to {signed(high)}"
        by_margin.setdefault(text, []).append(words(metric))
    if len(by_margin) == 1:
        return next(iter(by_margin))
    *some, (rest, others) = sorted(by_margin.items(), key=lambda item: len(item[1]))
    named = [f"{text} for {listed(metrics)}" for text, metrics in some]
    return listed([*named, f"{rest} for {'the other metrics' if len(others) > 1 else others[0]}"])


def disagreement(found: Mapping[Basis, Sequence[Judged]]) -> str:
    """Markdown: which verdicts depend on the unit of analysis, under one rule; empty where all agree."""
    by_name: dict[tuple[str, str, str, str], list[Judged]] = {}
    for j in (j for judged in found.values() for j in judged):
        by_name.setdefault(j.name, []).append(j)
    split = [part for part in by_name.values() if len({j.verdict for j in part}) > 1]
    if not split:
        return ""
    if len(split) > _MOST_SPLIT:
        return f"Units of analysis disagree on {len(split)} of them; What flips, below, names them."
    return "Units of analysis disagree: " + "; ".join(_split(part) for part in split) + "."


def chip(verdict: Verdict) -> str:
    """Markdown: a verdict as a badge, its sign, its words, its colour."""
    colour, said = CHIPS[verdict]
    return f":{colour}-badge[{SIGNS[verdict]} {said}]"


def chips(judged: Sequence[Judged]) -> str:
    """Markdown: each verdict as a badge, with the comparisons that got it."""
    lines = []
    for verdict in CHIPS:
        mine = [j for j in judged if j.verdict == verdict]
        by_metric = {m: [j for j in mine if j.metric == m] for m in dict.fromkeys(j.metric for j in mine)}
        said = "; ".join(
            f"{capital(words(m))}: {', '.join(for_markdown(compared(j.first, j.second)) for j in part)}"
            for m, part in by_metric.items()
        )
        lines.append(f"{chip(verdict)} {said or 'none'}")
    return "  \n".join(lines)


def holm(judged: Sequence[Judged]) -> str:
    """Markdown: what is left of the equivalences after Holm's correction over all tests; empty without p."""
    tested = [j for j in judged if j.verdict_holm is not None]
    shown = [j for j in tested if j.inside]
    if not shown:
        return ""
    lost = [j for j in shown if j.verdict_holm not in ("equivalent", "both")]
    head = f"Corrected for all {len(tested)} tests shown (Holm), {len(shown) - len(lost)} of {len(shown)}"
    verb = "equivalence remains" if len(shown) == 1 else "equivalences remain"
    return f"{head} {verb}" + (f"; no longer shown: {_named(lost)}." if lost else ".")


def sentence(j: Judged) -> str:
    """Markdown: one comparison's verdict with its numbers."""
    about = f"{for_markdown(compared(j.first, j.second))}: {signed(j.mean)}"
    n = f"n = {j.n}" if j.basis != "people" else f"{j.n} people"
    if not math.isfinite(j.deciding[0]):
        return f"{chip(j.verdict)} {about}, {n}. No verdict: {for_markdown(j.note)}."
    margin = f"±{j.high:.3f}" if -j.low == j.high else f"{signed(j.low)} to {signed(j.high)}"
    level = 1 - 2 * j.alpha if j.rule == "tost" else 0.95 if j.basis != "people" else 1 - j.alpha
    where = "lies inside" if j.inside else "is not inside"
    low, high = (signed(v) for v in j.deciding)
    p = "" if math.isnan(j.p) else f", p {'< 0.001' if j.p < 0.001 else f'= {j.p:.3f}'}"
    note = f" {capital(for_markdown(j.note))}." if j.note else ""
    return (
        f"{chip(j.verdict)} {about}; its {100 * level:g}% interval, {low} to {high}, {where} the margin of "
        f"{margin} ({n}{p}). The smallest margin it supports is ±{j.smallest_margin:.4f}.{note}"
    )


def flips(pairs: Sequence[tuple[Judged, Judged]], number: int, between: str) -> list[str]:
    """Markdown: what differs between two rules or units: a first line, then one per verdict that flips."""
    verb = "flips" if len(pairs) < 2 else "flip"
    head = f"{between}: {len(pairs) or 'none'} of {number} verdicts {verb}{'.' if not pairs else ':'}"
    lines = []
    for one, other in pairs:
        smallest = sorted((one.smallest_margin, other.smallest_margin))
        at = (
            f" (smallest margins ±{smallest[0]:.4f} and ±{smallest[1]:.4f})"
            if all(map(math.isfinite, smallest))
            else ""
        )
        lines.append(
            f"{words(one.metric)}, {for_markdown(compared(one.first, one.second))}: {chip(one.verdict)} "
            f"{_source(one, other)}, {chip(other.verdict)} {_source(other, one)}{at}"
        )
    return [head, *lines]


def supportable(judged: Sequence[Judged]) -> str:
    """Markdown: the metric's smallest margins in a sentence."""
    there = [j for j in judged if math.isfinite(j.smallest_margin)]
    if not there:
        return "No margin is supported: there is no interval."
    each = [f"±{j.smallest_margin:.3f} for {for_markdown(compared(j.first, j.second))}" for j in there]
    worst = max(j.smallest_margin for j in there)
    every = f" All of them would be equivalent from ±{worst:.3f} on." if len(there) > 1 else ""
    metric = for_markdown(words(judged[0].metric))
    return f"The smallest margins that these data support in {metric}: {listed(each)}.{every}"


def compared(first: str, second: str) -> str:
    """``GRU − LSTM``."""
    return f"{words(first)} − {words(second)}"


def signed(value: float) -> str:
    """Three decimals, a sign, and a minus as wide as the plus; no negative zero."""
    shown = f"{value:+.3f}"
    return "0.000" if float(shown) == 0 else shown.replace("-", "−")


def rule_words(rule: Rule, unit: Basis) -> str:
    """A rule's name; over people there is no t test, and the intervals decide."""
    if unit == "people":
        return "the 90% interval" if rule == "tost" else "the 95% interval"
    return RULE_WORDS[rule]


def other_name(unit: Basis, rule: Rule) -> str:
    """A combination's name in the figure's legend."""
    return f"{UNIT_WORDS[unit]}, {rule_words(rule, unit).removeprefix('the ')}"


def _source(one: Judged, other: Judged) -> str:
    return f"by {rule_words(one.rule, one.basis)}" if one.rule != other.rule else f"over {UNIT_WORDS[one.basis]}"


def _split(part: Sequence[Judged]) -> str:
    """``accuracy by loss is equivalent over matched pairs, undecided over emotions and people``."""
    by_verdict: dict[Verdict, list[str]] = {}
    for j in part:
        by_verdict.setdefault(j.verdict, []).append(UNIT_WORDS[j.basis])
    said = ", ".join(f"{_VERDICTS[v]} over {listed(units)}" for v, units in by_verdict.items())
    return f"{_named(part[:1])} is {said}"


def _count(n: int) -> str:
    return "none is" if n == 0 else f"{n} is" if n == 1 else f"{n} are"


def _named(judged: Sequence[Judged]) -> str:
    """``accuracy by architecture and tuning, recall by loss``."""
    by_metric: dict[str, list[str]] = {}
    for j in judged:
        levels = sum(o.metric == j.metric and o.factor == j.factor for o in judged) > 1
        name = f"{for_markdown(compared(j.first, j.second))}" if levels else j.factor
        by_metric.setdefault(j.metric, []).append(name)
    return ", ".join(f"{for_markdown(words(m))} by {listed(own)}" for m, own in by_metric.items())
