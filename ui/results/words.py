"""What a result says, in plain words."""

from __future__ import annotations

from typing import Any

from fer_core.base.unknown_people import UNKNOWN, clips_words, people_known, protocol_words
from ui.common.words import count

METHODS = {
    "subject-kfold": "people it had not been trained on",
    "subject-holdout": "people it had not been trained on",
    "clip-kfold": "people of whom it may have been trained on other clips",
    "random-holdout": "people of whom it may have been trained on other clips",
    "bundle on unseen subjects": "people it had not been trained on",
}


def headline(result: dict[str, Any]) -> str:
    """``Of 309 clips of 118 people it had not been trained on, 83.8% were classified as labelled (…)``."""
    low, high = result["intervals"]["accuracy"]
    who = METHODS.get(str(result["protocol"]), "people")
    share = f"{result['accuracy']:.1%} were classified as their label says"
    interval = f"95% interval {low:.1%} to {high:.1%}"
    if not people_known(result):
        return f"Of {result['n']} clips it had not been trained on ({UNKNOWN}), {share} ({interval})."
    return f"Of {result['n']} clips of {result['subjects']} {who}, {share} ({interval})."


def other_corpus(of: str, in_use: str, there: bool) -> str:
    """That a result is of another corpus than the one in use, and whether that one has results."""
    more = "results of it are in the box above" if there else "there is no result of it yet"
    return f"This recogniser was trained on {of}. The corpus in use is {in_use}; {more}."


def protocol(result: dict[str, Any]) -> str:
    """``Subject-independent k-fold, 10 folds, seed 0; n = 309 clips of 118 subjects``."""
    words = protocol_words(str(result["protocol"]), people_known(result))
    parts = [words[:1].upper() + words[1:]]
    if result.get("folds"):
        parts.append(count(int(result["folds"]), "fold"))
    parts.append(f"seed {result.get('seed', 0)}")
    return f"{', '.join(parts)}; n = {clips_words(result)}."


def weakest(result: dict[str, Any]) -> str:
    """Which emotion is found least often, and what it is most often taken for."""
    emotions, confusion = result["emotions"], result["confusion"]
    shares = {e: row[i] / sum(row) for i, (e, row) in enumerate(zip(emotions, confusion, strict=True)) if sum(row)}
    if not shares:
        return ""
    worst = min(shares, key=lambda e: shares[e])
    row = confusion[emotions.index(worst)]
    wrong = [(n, e) for n, e in zip(row, emotions, strict=True) if e != worst and n]
    right = f"{row[emotions.index(worst)]} of {count(sum(row), 'clip')}"
    said = f"{worst.capitalize()} is found least often: {right}"
    return said + (f", most often taken for {max(wrong)[1]}." if wrong else ".")


def always_no(result: dict[str, Any]) -> float:
    """Mean binary accuracy of classifiers that always answer no: 1 - 1/E."""
    return 1.0 - 1.0 / len(result["emotions"])


def interval(result: dict[str, Any], name: str) -> str:
    """``0.797 to 0.876``."""
    low, high = result["intervals"][name]
    return f"{low:.3f} to {high:.3f}"
