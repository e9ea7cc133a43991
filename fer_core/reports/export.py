"""A study to take away: CSV, JSON and the files from which its statistics can be redone.

LaTeX tables are in `fer_core.reports.latex`, the HTML report in `fer_core.reports.study`.
"""

from __future__ import annotations

import io
import json
import math
import shlex
import time
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from fer_core.base.errors import PathError
from fer_core.base.unknown_people import whose
from fer_core.files import whole_files
from fer_core.files.csv_files import frame_text
from fer_core.results import study as tables_of
from fer_core.results.differences import level_differences
from fer_core.results.metrics import interval_method
from fer_core.results.study import Reading, Study

if TYPE_CHECKING:
    import pandas as pd

FORMAT, VERSION = "fer-lab-study", 1
DESIGN, WHOLE = "design.json", "study.json"
_NINE_DIGITS = "%.9g"
"""Enough to give back every single-precision output exactly."""


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """Every tidy table by name; the first five hold both readings, named in their first column.

    ``predictions`` holds what was said of every test clip, so that any later analysis can be redone.
    """
    return {
        "per_condition": _both(study, tables_of.per_condition),
        "per_emotion": _both(study, tables_of.per_emotion),
        "replicates": _both(study, tables_of.replicates),
        "differences": _both(study, level_differences),
        "confusion": _both(study, confusion_table),
        "classifiers": tables_of.classifier_table(study),
        "trials": tables_of.trial_table(study.trials),
        "best_trials": tables_of.best_trials(study.trials),
        "predictions": study.predictions,
    }


def provenance_rows(study: Study) -> list[tuple[str, str]]:
    """What made a study, for people: (name, value)."""
    record, made = study.record, study.record.provenance
    corpus = record.corpus
    counts = ", ".join(f"{e} {n}" for e, n in corpus.get("counts", {}).items())
    packages = ", ".join(f"{name} {version}" for name, version in made.get("packages", {}).items())
    of = f"{corpus.get('clips', '?')}{whose(corpus)}"
    sides = "; ".join(
        f"seed {seed}: {', '.join(str(len(fold)) for fold in folds)} clips" for seed, folds in record.splits.items()
    )
    return [
        ("Experiment", record.id),
        ("Begun", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(record.created))),
        ("FER Lab", str(made.get("fer_core", "?"))),
        ("Code key", str(made.get("code_key", "?"))),
        ("Commit", made.get("commit") or "unknown"),
        ("Python", f"{made.get('python', '?')}, {made.get('platform', '?')}"),
        ("Packages", packages),
        ("Corpus", f"{corpus['name']} ({corpus.get('format', '?')}), {corpus.get('path', '?')}"),
        ("Clips", f"{of}: {counts}"),
        ("Data key", record.data_key),
        ("Protocol", f"{study.protocol}; seeds {', '.join(map(str, study.seeds))}"),
        ("Test sides", sides),
    ]


def confusion_table(study: Study, reading: Reading = "outputs") -> pd.DataFrame:
    """All confusion matrices, one row per cell: condition, labelled, classified, tests (over all seeds)."""
    import pandas as pd

    rows = [
        (slug, labelled, classified, int(n))
        for slug in study.tested
        for labelled, row in zip(study.emotions, tables_of.confusion(study, slug, reading), strict=True)
        for classified, n in zip(study.emotions, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["condition", "labelled", "classified", "tests"])


def csv_files(study: Study) -> dict[str, str]:
    """File name → text of each of `tables`."""
    return {f"{name}.csv": frame_text(table, _NINE_DIGITS) for name, table in tables(study).items()}


def csv_zip(study: Study) -> bytes:
    """All tables as CSV, with what was asked for and what made them, in one archive."""
    files = {**csv_files(study), "record.json": record_json(study), DESIGN: design_json(study)}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{study.record.id}/{name}", text)
    return target.getvalue()


def to_json(study: Study) -> str:
    """Everything in one JSON text: the record with its provenance, cells, trials, predictions, metrics."""
    predictions = study.predictions
    plain = {
        **_record(study),
        "metrics": {
            reading: {
                "per_condition": tables_of.per_condition(study, reading).to_dict("records"),
                "per_emotion": tables_of.per_emotion(study, reading).to_dict("records"),
                "confusion": {c: tables_of.confusion(study, c, reading).tolist() for c in study.tested},
            }
            for reading in get_args(Reading)
        },
        "cells": [asdict(cell) for cell in study.cells],
        "trials": [asdict(trial) for trial in study.trials],
        "predictions": {"columns": list(predictions.columns), "rows": predictions.to_numpy().tolist()},
    }
    return json.dumps(_finite(plain), allow_nan=False)


def record_json(study: Study) -> str:
    """What was asked for and what made it: design, corpus, splits, provenance."""
    return json.dumps(_finite(_record(study)), indent=1, allow_nan=False)


def design_json(study: Study) -> str:
    """The design alone, as ``experiment run --design`` takes it."""
    return json.dumps(study.design, indent=1)


def rerun_command(study: Study) -> str:
    """The command that repeats the study, given its `design_json` in the file design.json."""
    words = ["python", "-m", "fer_core", "experiment", "run"]
    words += [str(study.record.corpus.get("path") or "PATH"), "--design", DESIGN]
    accepted = dict.fromkeys(leak["rule"] for leak in study.record.provenance.get("leaks", []))
    return shlex.join(words + [word for rule in accepted for word in ("--allow-leak", rule)])


def write_tables(study: Study, folder: Path) -> list[Path]:
    """Write every table as CSV, record.json and design.json into a folder; gives back the files.

    Raises
    ------
    PathError
        Where the folder cannot be written to.
    """
    files = {**csv_files(study), "record.json": record_json(study) + "\n", DESIGN: design_json(study) + "\n"}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            whole_files.write_text(folder / name, text)
    except OSError as error:
        raise PathError(
            f"the tables cannot be written ({error.strerror or error})",
            where=str(folder),
            fix="name a folder you may write to",
        ) from error
    return [folder / name for name in files]


def _record(study: Study) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "experiment": asdict(study.record),
        "interval_method": interval_method(study.people_known),
        "rerun": rerun_command(study),
    }


def _both(study: Study, make: Any) -> pd.DataFrame:
    """A table for both readings, one below the other."""
    import pandas as pd

    parts = []
    for reading in get_args(Reading):
        part = make(study, reading)
        part.insert(0, "reading", reading)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _finite(plain: Any) -> Any:
    """JSON knows no NaN: null."""
    if isinstance(plain, dict):
        return {str(key): _finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [_finite(value) for value in plain]
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
