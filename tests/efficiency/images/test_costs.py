"""What image models cost: each format's rows, failures said and survived, one network truly measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fer_core.base.errors import PathError, SettingError, TrainingError
from fer_core.cli import bench_words
from fer_core.studies.efficiency import image_costs
from fer_core.studies.efficiency.image_child import BATCHES, measure, timed


def made(kind: str, model: str, size: int, folder: Path, threads: int) -> dict[str, Any]:
    """A measurement in which Keras takes 10 ms a picture, onnxruntime 2."""
    ms = {"keras": 10.0, "onnx": 2.0}[kind]
    rows = [{"batch": b, "ms": ms * b, "low": ms * b - 1, "high": ms * b + 1, "repeats": 5} for b in BATCHES]
    return {"rows": rows, "peak_mb": 100.0} | ({"bytes": 1000} if kind == "onnx" else {})


def test_rows_are_by_model_format_and_batch() -> None:
    seen: list[tuple[float, float, str]] = []
    found = image_costs.compare(["lenet5", "vgg16"], size=48, progress=lambda *s: seen.append(s), by=made)
    keys = [(r["model"], r["size"], r["format"], r["batch"]) for r in found["rows"]]
    assert keys == [(m, 48, f, b) for m in ("lenet5", "vgg16") for f in ("keras", "onnx") for b in BATCHES]
    assert image_costs.latency(found, "vgg16", 48) == {"keras": 10.0, "onnx": 2.0}
    assert image_costs.latency(found, "vgg16", 48, 32) == {"keras": 320.0, "onnx": 64.0}
    assert image_costs.latency(found, "vgg16", 224) == {} and image_costs.latency(None, "vgg16", 48) == {}
    assert found["failed"] == [] and seen[-1][:2] == (2, 2)
    assert "vgg16" in bench_words.images(found) and "64.00 ms" in bench_words.images(found)


def test_one_that_fails_leaves_the_others() -> None:
    def by(kind: str, model: str, *rest: Any) -> dict[str, Any]:
        if model == "lenet5":
            raise TrainingError("the contender failed: no memory", where="lenet5")
        return made(kind, model, *rest) | ({"no_graph": "ValueError"} if kind == "keras" else {})

    found = image_costs.compare(["lenet5", "vgg16"], by=by)
    assert {(r["model"], r["format"]) for r in found["rows"]} == {("vgg16", "keras")}
    assert [(f["model"], f["format"]) for f in found["failed"]] == [("lenet5", "keras"), ("vgg16", "onnx")]
    assert "no memory" in bench_words.images(found)


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(SettingError, match="no network"):
        image_costs.compare(["pca-logistic"], by=made)
    with pytest.raises(SettingError, match="threads"):
        image_costs.compare(["lenet5"], threads=0, by=made)


def test_a_file_comes_back_and_a_damaged_one_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "deep" / "image_costs.json"
    monkeypatch.setattr(image_costs, "shipped_file", lambda: file)
    assert image_costs.shipped() is None
    found = image_costs.compare(["lenet5"], by=made)
    image_costs.write(found, file)
    assert image_costs.shipped() == json.loads(json.dumps(found))
    file.write_text("{")
    with pytest.raises(PathError, match="cannot be read"):
        image_costs.shipped()


def test_a_function_is_timed_at_each_batch_size() -> None:
    shapes = []
    rows = timed(lambda x: shapes.append(x.shape), (4, 4, 1), budget=0.01)
    assert [r["batch"] for r in rows] == list(BATCHES)
    assert all(3 <= r["repeats"] <= 60 and r["low"] <= r["ms"] <= r["high"] for r in rows)
    assert set(shapes) == {(1, 4, 4, 1), (32, 4, 4, 1)}


def test_a_network_is_measured_by_keras_and_by_its_graph(tmp_path: Path) -> None:
    keras = measure("keras", "lenet5", 32, tmp_path, 1)
    assert keras["parameters"] > 0 and [r["batch"] for r in keras["rows"]] == list(BATCHES)
    onnx = measure("onnx", "lenet5", 32, tmp_path, 1)
    assert onnx["bytes"] > 10_000 and all(r["ms"] > 0 for r in onnx["rows"])


def test_the_shipped_measurement_names_no_machine_or_person() -> None:
    found = image_costs.shipped()
    if found is None:
        pytest.skip("no measurement comes with this checkout yet")
    assert not {"host", "user"} & set(found["machine"]) and found["rows"]
