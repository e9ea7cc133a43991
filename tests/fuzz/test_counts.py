"""The fuzz tests together: at least 2,000 mutations, the same ones each time."""

from __future__ import annotations

from .mutators import COUNTS, cases, damaged


def test_there_are_at_least_two_thousand_mutations() -> None:
    assert sum(COUNTS.values()) >= 2000 and all(n >= 50 for n in COUNTS.values())


def test_a_mutation_is_the_same_each_time() -> None:
    sound = b"architecture,f1\ngru,0.5\nlstm,0.25\n" * 20
    first, again = ([damaged(sound, rng) for _, rng in cases("tables")] for _ in range(2))
    assert first == again and len(set(first)) > len(first) / 2
