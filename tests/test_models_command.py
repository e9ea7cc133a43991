"""``python -m fer_core models``: the list, as text and as JSON, and a fresh count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_core.cli.main import main
from fer_core.models.images import counts, layer_summary, registry

REPOSITORY = Path(__file__).resolve().parents[1]


def test_json_has_a_row_for_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == list(registry.REGISTRY)
    assert {"name", "study", "sizes", "parameters", "published_parameters", "note"} <= set(rows[0])


def test_text_shows_both_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["zfnet", "48", "21,589,127", "21.5", "M"] in lines
    assert ["googlenet", "224", "58,932,791", "89", "M"] in lines


def test_the_list_comes_without_loading_a_network() -> None:
    code = (
        "import sys; from fer_core.cli.main import main; main(['models', '--json']); "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0


def test_a_recount_replaces_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "models.json"
    monkeypatch.setattr(registry, "counts_file", lambda: file)
    monkeypatch.setattr(counts, "counts_file", lambda: file)
    drawn, shipped = tmp_path / "models_layers.json", layer_summary.stages_file().read_bytes()
    monkeypatch.setattr(counts, "stages_file", lambda: drawn)
    few = {name: registry.REGISTRY[name] for name in ("lenet5", "sequential-4-conv")}
    monkeypatch.setattr(registry, "REGISTRY", few)
    monkeypatch.setattr(counts, "REGISTRY", few)
    registry.counted.cache_clear()
    try:
        assert main(["models", "--recount", "--json"]) == 0
    finally:
        registry.counted.cache_clear()
    assert set(json.loads(drawn.read_text())) == set(few)
    assert layer_summary.stages_file().read_bytes() == shipped, "what ships is left alone"
    assert json.loads(file.read_text()) == {"lenet5": {"48": 169_271}, "sequential-4-conv": {"48": 2_840_775}}
    assert [row["parameters"] for row in json.loads(capsys.readouterr().out)] == [{"48": 169_271}, {"48": 2_840_775}]
