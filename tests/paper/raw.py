"""The reconstructed counts read with pandas alone, for calculations that share nothing with the product's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "paper"
LEVELS = {"architecture": ("GRU", "LSTM"), "optimization": ("bayesian", "predefined"), "loss": ("standard", "advanced")}
METRICS = ("accuracy", "f1", "precision", "recall")


def evaluations() -> pd.DataFrame:
    """48 rows with metrics computed here from the counts; undefined ratios are 0."""
    t = pd.read_csv(ASSETS / "confusion_reconstructed.csv")
    tp, fp, fn, tn = (t[c].to_numpy(float) for c in ("tp", "fp", "fn", "tn"))
    t["accuracy"] = (tp + tn) / (tp + fp + fn + tn)
    t["f1"] = 2 * tp / np.maximum(2 * tp + fp + fn, 1)
    t["precision"] = tp / np.maximum(tp + fp, 1)
    t["recall"] = tp / (tp + fn)
    t["specificity"] = tn / (tn + fp)
    return t


def printed(number: int) -> pd.DataFrame:
    """A printed table."""
    return pd.read_csv(ASSETS / f"winarno_table{number}.csv")


def differences(metric: str, factor: str, per_emotion: bool = False) -> np.ndarray:
    """First minus second level over the matched pairs (24), or their means per emotion (6)."""
    others = [f for f in LEVELS if f != factor]
    wide = evaluations().pivot_table(index=[*others, "emotion"], columns=factor, values=metric)
    first, second = LEVELS[factor]
    d = wide[first] - wide[second]
    return (d.groupby("emotion").mean() if per_emotion else d).to_numpy()
