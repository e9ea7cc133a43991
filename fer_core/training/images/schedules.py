"""The learning rate, epoch by epoch."""

from __future__ import annotations

import math

from fer_core.study.image_conditions import ImageFit


class RateSchedule:
    """What the next epoch's learning rate is, from what the validation losses were so far."""

    def __init__(self, fit: ImageFit) -> None:
        self._fit = fit
        self._rate = fit.learning_rate
        self._best = math.inf
        self._waited = 0

    def rate(self, epoch: int, epochs: int) -> float:
        """The learning rate of an epoch, counted from 0, of so many at most."""
        fit = self._fit
        if fit.schedule == "cosine":  # Loshchilov and Hutter (2017), equation 5, one period
            return max(fit.least_rate, fit.learning_rate * (1 + math.cos(math.pi * epoch / epochs)) / 2)
        return self._rate if fit.schedule == "plateau" else fit.learning_rate

    def note(self, loss: float) -> None:
        """An epoch's validation loss (no number where nothing is held back: then nothing changes)."""
        fit = self._fit
        if loss < self._best:
            self._best, self._waited = loss, 0
            return
        self._waited += not math.isnan(loss)
        if self._waited >= fit.plateau_patience:
            self._rate, self._waited = max(fit.least_rate, self._rate * fit.plateau_factor), 0

    def again(self, losses: list[float]) -> None:
        """Take earlier epochs' losses in once more, after a stop."""
        for loss in losses:
            self.note(loss)
