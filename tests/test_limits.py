"""Every number that a user can give has bounds, and one beyond them is a sentence that says them."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import made_set

from fer_core.base import limits
from fer_core.base.errors import FerError, SettingError
from fer_core.cli.common import emotion_list
from fer_core.cli.main import main, parser
from fer_core.cli.numbers import Number, Numbers
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.study.conditions import Augmentation, Condition, FitSettings, SearchSettings
from fer_core.study.design import Design
from fer_core.study.image_conditions import ImageCondition, ImageFit
from fer_core.training.protocols import inner_folds, make_splits


def options(top: argparse.ArgumentParser, verb: str = "") -> Iterator[tuple[str, argparse.Action]]:
    """(verb, option) of the whole command line."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from options(inner, f"{verb} {name}".strip())
        else:
            yield verb, action


OPTIONS = list(options(parser()))
BOUNDED = [(v, a) for v, a in OPTIONS if isinstance(a.type, (Number, Numbers))]
NAMES = {"_assignment", "_margin", "<lambda>"}
"""Types of names, and of a margin, whose numbers are `limits.MARGIN`."""


def test_every_number_of_the_command_line_has_bounds() -> None:
    assert len(BOUNDED) > 70
    for verb, action in OPTIONS:
        kind = action.type
        fine = kind in (None, Path, emotion_list) or isinstance(kind, (Number, Numbers))
        assert fine or getattr(kind, "__name__", "") in NAMES, f"{verb} {action.option_strings}"
        numeric = isinstance(action.default, (int, float)) and not isinstance(action.default, bool)
        if numeric and action.nargs != 0:
            assert isinstance(kind, (Number, Numbers)), f"{verb} {action.option_strings}"


@pytest.mark.parametrize(("verb", "action"), BOUNDED, ids=[f"{v} {a.option_strings[0]}" for v, a in BOUNDED])
def test_each_bound_is_said(verb: str, action: argparse.Action) -> None:
    kind: Any = action.type
    allowed = kind.limits
    step = 1 if allowed.whole else 0.01
    for text in (allowed.low - step, allowed.high + step, "nan", "inf", "-1e400", "x", "", 2**70, "9" * 5000):
        with pytest.raises((argparse.ArgumentTypeError, SettingError)) as caught:
            kind(str(text))
        said = str(caught.value)
        assert allowed.words in said and allowed.what in said and said.endswith(".") and len(said) < 300
    if not allowed.inside:
        kind(str(allowed.low)), kind(str(allowed.high))
    if action.default is not None and not isinstance(action.default, tuple):
        kind(str(action.default))


@pytest.mark.parametrize(
    "words",
    [
        ["train", "demo", "--seed", "4294967296"],
        ["experiment", "run", "demo", "--seeds", "0,4294967296", "--plan"],
        ["leak-lab", "demo", "--seed", "4294967296"],
        ["images", "run", "demo", "--gamma", "nan", "--plan"],
        ["stats", "power", "reconstructed", "--n", "99999999999"],
        ["stats", "equivalence", "reconstructed", "--margin", "f1=inf"],
        ["experiment", "run", "demo", "--seeds", ",".join(["1"] * 1001), "--plan"],
        ["efficiency", "--batches", "1,5000"],
        ["bench", "soak", "--minutes", "inf"],
        ["evaluate", "x", "demo", "--stream", "--hold", "nan"],
        ["annotate", "--faces", "inf"],
    ],
)
def test_a_number_beyond_its_bounds_is_refused_before_any_work(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("fer_core: ") and said.count("\n") == 1


@pytest.mark.parametrize("option", [["--epochs", "x"], ["--epochs", "1.5"], ["--seed", ""]])
def test_what_is_no_number_is_wrong_usage(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["train", "demo", *option])
    assert caught.value.code == 2
    assert "is not a whole number: use a whole number from" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Condition, "seed", 2**32),
        (Condition, "seed", 2**70),
        (Condition, "folds", 101),
        (Condition, "test_share", float("nan")),
        (Condition, "evenness", float("inf")),
        (Condition, "ensemble", 21),
        (Condition, "F", 10**9),
        (Condition, "Q", 0),
        (Condition, "R", 513),
        (FitSettings, "epochs", 10_001),
        (FitSettings, "patience", 2**40),
        (FitSettings, "weight_decay", -1),
        (FitSettings, "plateau_factor", float("nan")),
        (FitSettings, "dropout", 1.0),
        (FitSettings, "learning_rate", float("nan")),
        (Augmentation, "gain", float("inf")),
        (Augmentation, "still", 1e9),
        (Augmentation, "neutral", float("nan")),
        (Augmentation, "pose", 31),
        (SearchSettings, "evaluations", 1001),
        (SearchSettings, "F", (16, 10**6)),
        (SearchSettings, "batch", 65),
        (ImageCondition, "gamma", float("nan")),
        (ImageCondition, "size", 2048),
        (ImageCondition, "seed", 2**32),
        (ImageCondition, "mixup", 1e9),
        (ImageFit, "minutes", float("inf")),
        (ImageFit, "minutes", 1e12),
        (ImageFit, "patience", 10**6),
        (ImageFit, "least_rate", float("nan")),
        (LabSettings, "seed", 2**32),
        (LabSettings, "last", 21),
        (LabSettings, "repeats", 51),
    ],
)
def test_records_refuse_what_is_out_of_range(kind: type[Any], field: str, value: Any) -> None:
    with pytest.raises(SettingError, match=r"(out of range|range of sizes).*: (use|give) .*number"):
        dataclasses.replace(kind(), **{field: value})


def test_repeats_of_the_lab_may_not_leave_the_seeds() -> None:
    LabSettings(seed=limits.SEEDS - 2, repeats=2)
    with pytest.raises(SettingError, match="the seed 4294967296 is out of range"):
        LabSettings(seed=limits.SEEDS - 2, repeats=3)


@pytest.mark.parametrize("protocol", ["subject-kfold", "subject-holdout", "random-holdout"])
def test_the_largest_seed_can_be_trained_with(protocol: Any) -> None:
    landmarks = made_set()
    condition = Condition(
        seed=limits.SEEDS - 1,
        folds=3,
        emotions=tuple(np.unique(landmarks.emotion)),
        protocol=protocol,
        search=SearchSettings(inner_folds=2),
    )
    for split in make_splits(landmarks, condition):
        inner_folds(landmarks, split.train, condition, split.fold)


ODD = [None, "x", "3", True, [], {}, [1, 2, 3], 2**70, -1, 1e400, float("nan"), [[[]]], "9" * 6000]


@pytest.mark.parametrize("kind", [Condition, ImageCondition])
def test_odd_conditions_are_one_sentence(kind: type[Any]) -> None:
    plain = kind().to_json()
    for name in plain:
        for value in ODD:
            try:
                kind.from_json(plain | {name: value})
            except FerError as error:
                assert "\n" not in str(error), (name, value)
    nested = next(n for n, v in plain.items() if isinstance(v, dict))
    for value in ODD:
        with pytest.raises(FerError):
            kind.from_json(plain | {nested: {**plain[nested], "unheard": value}})


def test_odd_designs_are_one_sentence() -> None:
    plain = Design().to_json()
    for name in plain:
        for value in (odd for odd in ODD if (name, odd) not in (("seeds", [1, 2, 3]), ("base", {}))):
            with pytest.raises(FerError) as caught:
                Design.from_json(plain | {name: value})
            assert "\n" not in str(caught.value)
    for value in (None, [], "x", 3):
        with pytest.raises(FerError):
            Design.from_json(value)


def test_a_condition_and_a_design_with_a_byte_order_mark_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "design.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(Design().to_json()).encode())
    assert main(["experiment", "run", "demo", "--design", str(file), "--plan"]) == 0
    assert "cells" in capsys.readouterr().out
    for content, why in (
        (b"[" * 10_000, "nested too deep"),
        (b"\xff", "not UTF-8 text"),
        (b"{", "not JSON"),
        (b"[]", "the design"),
        (b'{"base": 3, "factors": [], "seeds": []}', ""),
    ):
        file.write_bytes(content)
        assert main(["experiment", "run", "demo", "--design", str(file), "--plan"]) == 1
        said = capsys.readouterr().err
        assert why in said and said.count("\n") == 1
