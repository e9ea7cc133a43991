"""The panel that makes a file of a recogniser: the real work in its own process, and how it ends."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from samples import tiny_bundle
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.models.bundle import save_bundle
from ui.pickers import bundle_export

from .conftest import button, text


def panel_app(folder: str) -> None:
    from pathlib import Path

    from ui.pickers import bundle_export, bundles

    bundle_export.panel(bundles.load(Path(folder)), Path(folder))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    save_bundle(tiny_bundle(), tmp_path / "b")
    return tmp_path / "b"


def opened(bundle: Path) -> AppTest:
    app = AppTest.from_function(panel_app, args=(str(bundle),), default_timeout=90).run()
    assert not app.exception, app.exception
    return app


def test_a_file_is_made_checked_and_handed_out(bundle: Path) -> None:
    app = opened(bundle)
    button(app, "Make the ONNX file").click().run()
    (run,) = runs.list_runs(bundle_export.PREFIX)
    ends = time.monotonic() + 240
    while runs.read_status(run).active and time.monotonic() < ends:
        time.sleep(0.1)
    app.run()
    assert not app.exception, app.exception
    said = text(app) + " ".join(s.value for s in app.success)
    assert "onnxruntime" in said and "72 demo clips" in said and "accepted up to 1e-04" in said
    assert "(n, 10, 468, 2)" in said and "image heights" in said and "not a feeling" in said
    labels = [d.label for d in app.get("download_button")]
    assert labels == ["Model", "Description"]
    about = json.loads((run / "tiny.onnx.json").read_text())
    assert about["check"]["largest_difference"] < 1e-4
    button(app, "Close").click().run()
    assert not app.get("download_button")


def test_a_bundle_that_cannot_be_read_is_one_sentence(bundle: Path) -> None:
    app = opened(bundle)
    app.segmented_control(key="export_format").set_value("tflite").run()
    (bundle / "weights.npz").write_bytes(b"no")  # while the page still holds the bundle it read before
    app.button(key="export_start").click().run()
    (run,) = runs.list_runs(bundle_export.PREFIX)
    ends = time.monotonic() + 240
    while runs.read_status(run).active and time.monotonic() < ends:
        time.sleep(0.1)
    status = runs.read_status(run)
    assert status.state == "failed" and status.error and "\n" not in status.error


def test_the_server_needs_no_tensorflow_or_onnx_for_it() -> None:
    import subprocess
    import sys

    code = (
        "import sys, ui.pickers.bundle_export, ui.efficiency.view, fer_core.figures.efficiency;"
        "print(*[m for m in ('tensorflow', 'keras', 'onnx', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(bundle_export.__file__).parents[2],
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize(
    ("name", "file"),
    [("ckplus-gru", "ckplus-gru.onnx"), ("a/b\\c d", "a-b-c-d.onnx"), ("../x", "-x.onnx"), ("é", "é.onnx")],
)
def test_a_name_becomes_a_file_name(name: str, file: str) -> None:
    assert bundle_export.file_name(name, "onnx") == file


def test_old_exports_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(9):
        folder = runs.new_run_folder(bundle_export.PREFIX)
        runs.RunFolder(folder).finish()
        folder.rename(folder.with_name(f"export-2026010{k}-000000"))
    bundle_export._forget_old()
    left = [f.name for f in runs.list_runs(bundle_export.PREFIX)]
    assert left == [f"export-2026010{k}-000000" for k in (8, 7, 6, 5, 4, 3)]
