"""docs/export.md's twenty lines do what they say, on a file made by the command."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from samples import made_track

from fer_core.base.paths import REPOSITORY, bundles_dir
from fer_core.live.media import one_clip
from fer_core.models.bundle import bundles_in, load_bundle
from fer_core.models.export.write import export_bundle


def test_the_twenty_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = load_bundle(bundles_in(bundles_dir())[0])
    export_bundle(bundle, "onnx", tmp_path / "emotions.onnx")
    monkeypatch.chdir(tmp_path)
    code = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "export.md").read_text(), re.S)[0]
    names: dict = {}
    exec(compile(code, "export.md", "exec"), names)
    track = made_track(frames=23)
    # As MediaPipe hands them over: shares of width and height.
    found = SimpleNamespace(landmark=[SimpleNamespace(x=x / 1.3, y=y) for x, y in track.points[0]])
    np.testing.assert_allclose(names["in_image_heights"](found, 1300, 1000), track.points[0], atol=1e-6)
    said = names["classify"](track.points, track.points[0], 1.3)
    wanted = bundle.recogniser.probabilities(one_clip(track, bundle.frames, bundle.rule, True))[0]
    assert list(said) == list(bundle.emotions)
    np.testing.assert_allclose(list(said.values()), wanted, atol=1e-4)
