"""Which emotions one-vs-all classifiers tell apart and which loss each gets: the same words on every page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fer_core.base.emotions import SIX
from fer_core.losses.imbalance import LOSS_WORDS, LossName, LossPlan, usual_emotions
from ui.common.words import count, listed

_NAMES: dict[LossName, str] = {**LOSS_WORDS, "bce": "plain binary cross-entropy"}
_STRONGEST: tuple[LossName, ...] = ("focal", "weighted_bce", "bce")


def rarest(plan: LossPlan) -> str:
    """The rarest of the emotions told apart, by its ratio, and who gets which loss."""
    table = plan.table
    if len(table) < 2:
        return "Only one emotion occurs, so there is nothing to tell it from."
    least = max(table, key=lambda e: table[e].ratio)
    return (
        f"The rarest emotion is {least}: {table[least].ratio:.1f} clips of other emotions for each of its "
        f"own. {losses(plan)}"
    )


def losses(plan: LossPlan) -> str:
    """``Focal loss: fear. Weighted binary cross-entropy: anger and sadness. Plain …: surprise.``"""
    table = plan.table
    by_name = {name: [e for e, row in table.items() if row.choice.name == name] for name in _STRONGEST}
    given = {name: emotions for name, emotions in by_name.items() if emotions}
    if len(given) == 1:
        return f"Every emotion gets {_NAMES[next(iter(given))]}."
    return " ".join(f"{_capital(_NAMES[name])}: {listed(emotions)}." for name, emotions in given.items())


def left_out(plan: LossPlan) -> str:
    """Which emotions are left out and why, how many clips remain, and whose loss that changes; else empty.

    Names the emotions of the study's six too that the corpus does not show.
    """
    out = plan.left_out
    absent = [e for e in SIX if e not in plan.counts]
    missing = f"The corpus has no clip of {_or(absent)}." if absent else ""
    if not out:
        return missing
    beyond, of_six = ([e for e in out if (e in SIX) == six] for six in (False, True))
    said = [f"{_clips(plan, beyond)} {_are(beyond)} left out: not among the study's six"] if beyond else []
    said += [f"{_clips(plan, of_six)} {_are(of_six)} left out by choice"] if of_six else []
    used = f"{plan.used} of {count(plan.total, 'clip')} are used."
    return " ".join(filter(None, [f"{_capital('; '.join(said))}.", used, _with_all(plan), missing]))


def beside_usual(plan: LossPlan) -> str:
    """What Train, Launch and Sensitivity begin with where that is something else; empty where it is not."""
    usual = plan.telling(usual_emotions(plan.counts))
    if usual.emotions == plan.emotions:
        return ""
    changed = plan.other_losses(usual)
    gets = _would_get(changed) if changed else "every emotion keeps its loss"
    return (
        "Train and Launch begin with the study's six, and Sensitivity keeps to them. Without "
        f"{_clips(plan, usual.left_out)} {gets}."
    )


def _with_all(plan: LossPlan) -> str:
    """What those left out would get, and whose loss would change, if every emotion were told apart."""
    if plan.policy is None:
        return ""
    whole = plan.telling(plan.counts)
    added = {e: row.choice.name for e, row in whole.table.items() if e in plan.left_out}
    those = "it" if len(plan.left_out) == 1 else "them"
    return f"With {those} told apart too, {_would_get(added | plan.other_losses(whole))}."


def _would_get(by_emotion: Mapping[str, LossName]) -> str:
    """``contempt and fear would get focal loss, and happiness weighted binary cross-entropy``."""
    by_name = {name: [e for e in by_emotion if by_emotion[e] == name] for name in _STRONGEST}
    given = [(listed(emotions), _NAMES[name]) for name, emotions in by_name.items() if emotions]
    who, first = given[0]
    return ", and ".join([f"{who} would get {first}", *(f"{w} {loss}" for w, loss in given[1:])])


def _clips(plan: LossPlan, emotions: Iterable[str]) -> str:
    """``contempt (18 clips)``."""
    return listed([f"{e} ({count(plan.counts[e], 'clip')})" for e in emotions])


def _are(emotions: list[str]) -> str:
    return "is" if len(emotions) == 1 else "are"


def _or(words: list[str]) -> str:
    return listed(words).replace(" and ", " or ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
