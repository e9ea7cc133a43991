"""From what a classifier puts out to the probability it implies, by the loss it was trained with.

Classifiers trained with different losses do not speak the same language: at the minimum of
weighted BCE a positive weight w inflates the odds w times, and the focal loss pulls every output
towards 1/2. An argmax over such outputs (the study's equation 4) compares unlike things. Each
loss's own minimiser can be inverted exactly, without looking at any data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fer_core.losses.imbalance import LossChoice

Floats = npt.NDArray[np.float32]

LIMIT = 700.0
"""Log odds of a focal loss are kept within this before inverting: exp(LIMIT) is still a number in float64."""


def posterior_log_odds(log_odds: Floats, choice: LossChoice) -> Floats:
    """Log odds of the positive class that a classifier's output log odds imply (any shape).

    Weighted BCE with weight w is minimal at odds w times the true ones, so log w is taken off.

    The focal loss a y (1-p)^g (-log p) + (1-a)(1-y) p^g (-log(1-p)) is minimal where its derivative
    is zero, which gives the odds
    (1-a)/a * [p^g/(1-p) - g p^(g-1) log(1-p)] / [(1-p)^g/p - g (1-p)^(g-1) log p]
    (with a = 1/2: Charoenphakdee et al., 2021). BCE needs nothing.
    """
    if choice.name == "weighted_bce":
        assert choice.weight is not None
        return np.asarray(log_odds - np.log(choice.weight), dtype=np.float32)
    if choice.name == "focal":
        assert choice.alpha is not None and choice.gamma is not None
        return _invert_focal(log_odds, choice.alpha, choice.gamma)
    return log_odds


def implied_log_odds(log_odds: Floats, losses: Sequence[LossChoice]) -> Floats:
    """`posterior_log_odds` of each column (n, E) by its own loss."""
    weights = [1.0 if c.weight is None else c.weight for c in losses]
    implied = np.asarray(log_odds - np.log(np.array(weights)).astype(np.float32), dtype=np.float32)
    for k, choice in enumerate(losses):
        if choice.name == "focal":
            implied[:, k] = posterior_log_odds(log_odds[:, k], choice)
    return implied


def prior_offset(ratio: float, weight: float) -> float:
    """Log odds to add so that an emotion's share counts less: ``weight`` times log(imbalance ratio).

    With 0 the probabilities hold for the training corpus's shares of the emotions, with 1 for
    emotion and rest being equally frequent. Between them lies a compromise: how often a corpus
    shows fear says little about how often a camera will.
    """
    return weight * float(np.log(ratio))


def _invert_focal(log_odds: Floats, alpha: float, gamma: float) -> Floats:
    z = np.clip(log_odds.astype(np.float64), -LIMIT, LIMIT)
    log_p, log_q = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    # Each bracket divided by p^(g-1) or q^(g-1), which keeps them away from 0/0.
    negative = (gamma - 1) * log_p + np.log(np.exp(log_p - log_q) - gamma * log_q)
    positive = (gamma - 1) * log_q + np.log(np.exp(log_q - log_p) - gamma * log_p)
    return np.asarray(negative - positive + np.log((1 - alpha) / alpha), dtype=np.float32)
