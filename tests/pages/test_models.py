"""Models: the registry's sentence and picture, one model with its note and drawing, cost measured or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core.models.images.registry import REGISTRY, listing
from fer_core.studies.efficiency import image_costs
from ui.models import words

from .conftest import Open, button, read, table


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    file = tmp_path / "image_costs.json"
    monkeypatch.setattr(image_costs, "shipped_file", lambda: file)
    return file


def drawn(app: AppTest) -> str:
    return "".join(h.proto.body for h in app.get("html"))


def test_it_opens_with_how_near_the_counts_come(open_page: Open, shipped: Path) -> None:
    app = open_page("models")
    assert f"{len(REGISTRY)} image models of 3 studies" in read(app)
    assert "sizes that the studies print are met within 5%" in read(app)
    assert len(app.get("plotly_chart")) == 1
    assert set(table(app, "note")["name"]) == set(REGISTRY)


def test_one_model_with_its_note_its_drawing_and_its_parameters(open_page: Open, shipped: Path) -> None:
    app = open_page("models", model="residual-bilstm-1")
    said = read(app)
    assert "Deep residual BiLSTM fusion, case I" in said and "Table 2 swaps its labels" in said
    assert "48 × 48 × 1" in drawn(app) and "LSTM both ways" in drawn(app)
    assert list(table(app, "here")["input"]) == ["48 × 48", "100 × 100"]
    app.segmented_control(key="models_size_residual-bilstm-1").set_value("100").run()
    assert "100 × 100 × 1" in drawn(app)
    assert app.query_params["model"] == ["residual-bilstm-1"]


def test_an_unknown_model_in_the_address_shows_another(open_page: Open, shipped: Path) -> None:
    app = open_page("models", model="no-such-model")
    assert app.query_params["model"] == ["attention-cnn"]


def test_a_classical_model_has_no_layers_to_draw(open_page: Open, shipped: Path) -> None:
    app = open_page("models", model="pca-logistic")
    assert "128 principal components" in read(app) and not drawn(app)
    assert "Only networks are measured" in read(app)


def test_what_was_not_measured_says_how(open_page: Open, shipped: Path) -> None:
    app = open_page("models", model="lenet5")
    assert "Not measured" in read(app)
    assert any("bench images --models lenet5" in c.value for c in app.code)


def test_a_measured_cost_is_told_with_its_machine(open_page: Open, shipped: Path) -> None:
    rows = [
        {"model": "lenet5", "size": 48, "format": f, "batch": b, "ms": ms, "low": ms, "high": ms, "repeats": 9}
        for f, b, ms in (("keras", 1, 20.0), ("keras", 32, 64.0), ("onnx", 1, 0.5), ("onnx", 32, 9.6))
    ]
    machine = {"processor": "Made-up CPU", "cores": 2, "date": "2026-01-02"}
    image_costs.write({"machine": machine, "threads": 1, "rows": rows, "sizes": [], "failed": []}, shipped)
    app = open_page("models", model="lenet5")
    assert "One picture takes 0.5 ms with onnxruntime, 0.3 ms each where many are read at once" in read(app)
    assert "Keras takes 40 times as long" in read(app) and "Made-up CPU, 2 cores" in read(app)
    assert len(table(app, "median ms")) == 4


def test_a_damaged_measurement_is_a_sentence(open_page: Open, shipped: Path) -> None:
    shipped.write_text("{")
    app = open_page("models", model="lenet5")
    assert "The measurement cannot be read" in read(app)


def test_one_study_alone(open_page: Open, shipped: Path) -> None:
    app = open_page("models", models_study="suwartono")
    assert set(table(app, "note")["study"]) == {"Suwartono et al. (2025)"}


def test_a_model_is_taken_to_the_benchmark(open_page: Open, shipped: Path) -> None:
    app = open_page("models", model="vgg16")
    button(app, "Train and test it").click().run()
    assert not app.exception
    assert app.session_state["_image_given"]["models"] == ["vgg16"]


def test_the_sentence_counts_what_is_within_five_percent() -> None:
    row = {"name": "a", "title": "A", "study": "s", "study_title": "S", "sizes": [48], "kind": "network"}
    near = row | {"parameters": {"48": 104}, "published_parameters": {"48": 100}}
    far = row | {"title": "B", "parameters": {"48": 50}, "published_parameters": {"48": 100}}
    said = words.headline([near, far])
    assert "1 of the 2 sizes" in said and "furthest off is B at 48 pixels" in said
    assert words.headline([row | {"parameters": {}, "published_parameters": {}}]).endswith("studies.")
    assert all(words.about(r).count(".") for r in listing())
