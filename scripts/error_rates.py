"""How often each analysis calls a factor significant that changes nothing on average.

Simulated tables of the study's design: eight conditions, some emotions, one evaluation each. Every emotion
has a level of its own, a reaction of its own to each factor (mean 0), and noise; the true mean effect of
every factor is 0. An analysis that holds its level finds p < 0.05 in 5 % of the tables. The second part: bias
and coverage of Hedges' g of strongly correlated pairs.

    PYTHONPATH=. python scripts/error_rates.py [--tables 200] [--emotions 6] [--seed 0]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd

from fer_core.stats.anova import anova
from fer_core.stats.effect_sizes import paired_effects
from fer_core.stats.mixed import mixed_model
from fer_core.stats.permutation import permutation_anova, permutation_within
from fer_core.stats.repeated import repeated_measures
from fer_core.stats.table import Evaluations, evaluations

FACTOR, METRIC = "loss", "f1"
EMOTION_SD, REACTION_SD, NOISE_SD = 0.1, 0.06, 0.04
"""Of an emotion's level, of its reaction to a factor (half the difference of two levels), and of a row."""
LEVELS = {"architecture": ("gru", "lstm"), "tuning": ("bayesian", "predefined"), "loss": ("advanced", "standard")}

Analysis = Callable[[Evaluations], float]


def p_of(frame: pd.DataFrame, column: str = "p") -> float:
    """p of the factor."""
    return float(frame.loc[frame["effect"] == FACTOR, column].iloc[0])


ANALYSES: dict[str, Analysis] = {
    "repeated measures, own error terms": lambda t: p_of(repeated_measures(t, METRIC)),
    "permutation within emotions": lambda t: p_of(permutation_within(t, METRIC), "p_permutation"),
    "mixed model, intercepts and slopes": lambda t: p_of(mixed_model(t, METRIC, slopes=True).tests),
    "mixed model, intercepts alone": lambda t: p_of(mixed_model(t, METRIC).tests),
    "pooled error, emotion as a block": lambda t: p_of(anova(t, METRIC, ("emotion",))),
    "permutation of pooled residuals": lambda t: p_of(
        permutation_anova(t, METRIC, ("emotion",), permutations=499), "p_permutation"
    ),
    "pooled error, as published": lambda t: p_of(anova(t, METRIC)),
}


def draws(count: int, emotions: int, seed: int) -> npt.NDArray[np.float64]:
    """Values (count, conditions, emotions), conditions in the order of `LEVELS`, in which emotions react
    differently and the mean effect of every factor is 0."""
    generator = np.random.default_rng(seed)
    signs = np.array(list(product((1.0, -1.0), repeat=len(LEVELS))))
    found = np.empty((count, len(signs), emotions))
    for values in found:
        level = generator.normal(0, EMOTION_SD, emotions)
        reaction = signs @ generator.normal(0, REACTION_SD, (emotions, len(LEVELS))).T
        values[:] = 0.5 + level + reaction + generator.normal(0, NOISE_SD, values.shape)
    return found.clip(0, 1)


def tables(count: int, emotions: int, seed: int) -> Iterator[Evaluations]:
    """The same as tables of results."""
    rows = product(*LEVELS.values(), (f"e{k:02d}" for k in range(emotions)))
    frame = pd.DataFrame(list(rows), columns=[*LEVELS, "emotion"])
    for values in draws(count, emotions, seed):
        yield evaluations(frame.assign(**{METRIC: values.ravel()}), "Simulated", "table")


def rates(count: int, emotions: int, seed: int, names: tuple[str, ...] = tuple(ANALYSES)) -> dict[str, float]:
    """Share of the tables in which each analysis has p < 0.05."""
    hits = dict.fromkeys(names, 0)
    for table in tables(count, emotions, seed):
        for name in names:
            hits[name] += ANALYSES[name](table) < 0.05
    return {name: number / count for name, number in hits.items()}


def hedges(n: int, correlation: float, count: int, seed: int, effect: float = 0.8) -> tuple[float, float]:
    """Relative bias of g, and the share of its 95 % intervals that hold the true effect."""
    generator = np.random.default_rng(seed)
    covariance = np.array([[1.0, correlation], [correlation, 1.0]])
    found = []
    for _ in range(count):
        first, second = generator.multivariate_normal([effect, 0.0], covariance, n).T
        found.append(paired_effects(first, second))
    held = [e.g_low <= effect <= e.g_high for e in found]
    return float(np.mean([e.g for e in found]) / effect - 1), float(np.mean(held))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--emotions", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{options.tables} tables, {options.emotions} emotions, true mean effect 0: share with p < 0.05")
    for name, share in rates(options.tables, options.emotions, options.seed).items():
        print(f"  {share:6.1%}  {name}")
    print("Hedges' g of pairs, true effect 0.8, 4,000 samples: bias, coverage of the 95% interval")
    for n, correlation in ((6, 0.0), (6, 0.9), (24, 0.9)):
        bias, coverage = hedges(n, correlation, 4000, options.seed)
        print(f"  n = {n}, correlation {correlation}: {bias:+.1%}, {coverage:.3f}")


if __name__ == "__main__":
    main()
