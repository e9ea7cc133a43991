"""``python -m fer_core images``: plans, options, JSON, and one experiment from start to deletion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from image_study_samples import ID, SLUGS, stored
from training.images.image_samples import write_npz

from fer_core.cli.images import design_from
from fer_core.cli.main import main, parser
from fer_core.study.image_design import ImageDesign
from fer_core.study.image_presets import preset_for


def said(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert main(["images", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_plan_trains_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    plan = said(capsys, "run", "nowhere", "--models", "lenet5,attention-cnn", "--seeds", "0,1", "--plan")
    assert plan["cells"] == 4 and len(plan["conditions"]) == 2  # type: ignore[index]


def test_options_change_the_studys_own_settings() -> None:
    words = [
        "images",
        "run",
        "x",
        "--models",
        "vgg16,lenet5",
        "--size",
        "48",
        "--balancing",
        "none",
        "--epochs",
        "3",
        "--patience",
        "0",
        "--learning-rate",
        "0.01",
        "--mirrored",
        "--emotions",
        "happy,anger",
        "--initial",
        "imagenet",
        "--seeds",
        "2",
    ]
    design = design_from(parser().parse_args(words))
    assert design.seeds == (2,)
    for c, model in zip(design.conditions, ("vgg16", "lenet5"), strict=True):
        assert (c.model, c.size, c.balancing, c.mirrored, c.initial) == (model, 48, "none", True, "imagenet")
        assert (c.fit.epochs, c.fit.patience, c.fit.learning_rate, c.fit.frozen_epochs) == (3, 0, 0.01, 30)
        assert c.emotions == ("anger", "happiness")
        assert c.augmentation == preset_for(model).augmentation, "what is not named stays the study's"


def test_a_saved_design_is_read(tmp_path: Path) -> None:
    design = ImageDesign((preset_for("lenet5"),), (0, 1, 2))
    file = tmp_path / "design.json"
    file.write_text(json.dumps(design.to_json()))
    assert design_from(parser().parse_args(["images", "run", "x", "--design", str(file)])) == design


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "nowhere", "--models", "lenet-six"], "there is no image model"),
        (["run", "nowhere", "--models", "lenet5", "--epochs", "0"], "number of epochs 0 is out of range"),
        (["run", "nowhere", "--models", "lenet5"], "there is no such folder or file (nowhere)"),
        (["run", "nowhere", "--models", "lenet5", "--allow-leak", "copies"], "there is no leak rule 'copies'"),
        (["run", "x", "--design", "nowhere.json"], "the design cannot be read"),
        (["status"], "there is no image experiment yet"),
        (["status", "images-x"], "there is no such experiment (images-x)"),
        (["resume", "images-x"], "there is no such experiment"),
        (["cancel", "experiment-20260101-000000"], "there is no such experiment"),
        (["delete", "../x"], "there is no such experiment"),
        (["graph", "nowhere"], "holds no model bundle"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", *words]) == 1
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("fer_core: ") and told in last and last.endswith(".")


def test_a_stored_experiment_is_shown_exported_and_deleted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored()
    assert [e["id"] for e in said(capsys, "list")] == [ID]  # type: ignore[index, union-attr]
    shown = said(capsys, "status", ID)
    assert [r["condition"] for r in shown["results"]] == list(SLUGS)  # type: ignore[index]
    assert shown["notes"] == []  # type: ignore[index]
    assert main(["images", "status"]) == 0
    text = capsys.readouterr().out
    assert SLUGS[0] in text and "accuracy" in text and "n 120" in text
    file = tmp_path / "out" / "a.json"
    assert said(capsys, "export", ID, "--out", str(file)) == {"file": str(file)}
    assert json.loads(file.read_text())["format"] == "fer-lab-image-results"
    assert said(capsys, "delete", ID) == {"id": ID}
    assert said(capsys, "list") == []


def test_from_a_terminal_from_start_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("keras")
    corpus = write_npz(tmp_path / "bars.npz")
    words = [
        "run",
        str(corpus),
        "--models",
        "lenet5",
        "--size",
        "32",
        "--epochs",
        "2",
        "--augmentation",
        "none",
        "--balancing",
        "none",
        "--name",
        "bars",
    ]
    result = said(capsys, *words)
    assert result["state"] == "done" and result["name"] == "bars"  # type: ignore[index]
    (row,) = result["results"]  # type: ignore[index]
    assert row["n"] == 12 and row["model"] == "lenet5" and row["epochs"] == 2
    assert said(capsys, "status")["id"] == result["id"]  # type: ignore[index]
