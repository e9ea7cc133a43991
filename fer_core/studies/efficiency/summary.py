"""A measurement read: ratios with intervals, rows for tables, what is counted beside what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_core.studies.efficiency.counted import Sizes, claimed, counted, one_against_all
from fer_core.studies.efficiency.formats import FORMATS, LIBRARIES, TRAINING
from fer_core.studies.efficiency.ratios import Ratio, joint, paired


def sizes_of(result: dict[str, Any]) -> Sizes:
    """The sizes that were measured."""
    return Sizes(**result["sizes"])


def latency_ratio(result: dict[str, Any], kind: str | None = None, batch: int | None = None) -> Ratio:
    """GRU over LSTM, time to classify with one classifier per emotion.

    Over all formats and batch sizes, or those named: log ratios averaged within each turn.
    """
    rows = [r for r in result["latency"] if kind in (None, r["format"]) and batch in (None, r["batch"])]
    return joint([(r["gru-many"], r["lstm-many"]) for r in rows])


def training_ratio(result: dict[str, Any], way: str) -> Ratio:
    """GRU over LSTM, time for an epoch."""
    row = next(r for r in result["training"] if r["way"] == way)
    return paired(row["gru"], row["lstm"])


def measured_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Each measured quantity with GRU, LSTM and their ratio.

    Rows with ``what``, ``group`` (classifying, training, memory or disk), ``unit``, ``gru``, ``lstm``,
    ``ratio``, ``low``, ``high``, ``turns``. Times at batch 1; their ratios over all batch sizes. Memory and
    disk have no interval.
    """
    rows = []
    known = {r["format"] for r in result["latency"]}
    for kind, words in ((k, w) for k, w in FORMATS.items() if k in known):
        first = _row(result, kind, result["batches"][0])
        rows.append(
            {"what": words, "group": "classifying", "unit": "ms"}
            | _middles(first, "gru-many", "lstm-many")
            | _as_row(latency_ratio(result, kind))
        )
    for row in result["training"]:
        way = row["way"]
        rows.append(
            {"what": TRAINING[way], "group": "training", "unit": "s"}
            | _middles(row, "gru", "lstm")
            | _as_row(training_ratio(result, way))
        )
    for row in result["memory"]:
        if row["gru"] is None or row["lstm"] is None:
            continue
        words = (LIBRARIES if row["doing"] == "classifying" else TRAINING)[row["way"]]
        what = f"{words}, {row['doing']}"
        rows.append({"what": what, "group": "memory", "unit": "MB"} | _plain(row["gru"], row["lstm"]))
    for row in result["disk"]:
        sizes = (row["gru"] / 1e6, row["lstm"] / 1e6)
        rows.append({"what": LIBRARIES[row["format"]], "group": "disk", "unit": "MB"} | _plain(*sizes))
    return rows


def latency_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per format and batch: milliseconds for a batch, clips a second, the ratio, its interval."""
    rows = []
    for r in result["latency"]:
        gru, lstm = (float(np.median(r[f"{a}-many"])) for a in ("gru", "lstm"))
        ratio = paired(r["gru-many"], r["lstm-many"])
        rows.append(
            {
                "format": FORMATS[r["format"]],
                "batch": r["batch"],
                "GRU ms": gru,
                "LSTM ms": lstm,
                "GRU clips/s": 1e3 * r["batch"] / gru,
                "LSTM clips/s": 1e3 * r["batch"] / lstm,
                "GRU / LSTM": ratio.value,
                "low": ratio.low,
                "high": ratio.high,
                "turns": ratio.turns,
            }
        )
    return rows


def shared_rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What one classifier per emotion costs of a single network, by format, batch and architecture."""
    rows = []
    for r in result["latency"]:
        for a in ("gru", "lstm"):
            ratio = paired(r[f"{a}-many"], r[f"{a}-one"])
            rows.append(
                {
                    "format": r["format"],
                    "architecture": a,
                    "batch": r["batch"],
                    "one_vs_all_ms": float(np.median(r[f"{a}-many"])),
                    "shared_ms": float(np.median(r[f"{a}-one"])),
                    "ratio": ratio.value,
                    "low": ratio.low,
                    "high": ratio.high,
                    "turns": ratio.turns,
                }
            )
    return rows


def shared_ratio(result: dict[str, Any], kind: str, batch: int | None = None) -> Ratio:
    """One classifier per emotion over a single network, GRU and LSTM together."""
    rows = [r for r in result["latency"] if r["format"] == kind and batch in (None, r["batch"])]
    return joint([(r[f"{a}-many"], r[f"{a}-one"]) for r in rows for a in ("gru", "lstm")])


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """The measurement with what follows from it, for the command line's JSON."""
    whole, sizes = latency_ratio(result), sizes_of(result)
    return result | {
        "claimed": claimed(),
        "ratio": whole.value,
        "ratio_interval": [whole.low, whole.high],
        "ratio_turns": whole.turns,
        "claimed_in_interval": whole.holds(claimed()),
        "counted": counted(sizes),
        "one_against_all": one_against_all(sizes),
        "measured": measured_rows(result),
    }


def _row(result: dict[str, Any], kind: str, batch: int) -> dict[str, Any]:
    return next(r for r in result["latency"] if (r["format"], r["batch"]) == (kind, batch))


def _middles(row: dict[str, Any], gru: str, lstm: str) -> dict[str, float]:
    return {"gru": float(np.median(row[gru])), "lstm": float(np.median(row[lstm]))}


def _as_row(ratio: Ratio) -> dict[str, Any]:
    return {"ratio": ratio.value, "low": ratio.low, "high": ratio.high, "turns": ratio.turns}


def _plain(gru: float, lstm: float) -> dict[str, Any]:
    return {"gru": gru, "lstm": lstm, "ratio": gru / lstm, "low": None, "high": None, "turns": 1}
