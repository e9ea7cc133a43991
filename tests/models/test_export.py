"""Exported files: what their own runtimes say is what the bundle says, or there is no file."""

from __future__ import annotations

import builtins
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import THREE, made_set

from fer_core.base.errors import BundleError
from fer_core.base.paths import bundles_dir
from fer_core.cli import main
from fer_core.landmarks.features import KINDS, FeatureMap, FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.losses.imbalance import LossChoice
from fer_core.models.bundle import Bundle, bundles_in, load_bundle, save_bundle
from fer_core.models.calibration import Calibration
from fer_core.models.distribution import Outcomes
from fer_core.models.export import description, graph, verify, write
from fer_core.models.export.runtimes import FORMATS, open_file
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape, initial_weights

REPOSITORY = Path(__file__).resolve().parents[2]
LOSSES = (LossChoice("focal", alpha=0.8, gamma=2.0), LossChoice("weighted_bce", weight=5.5), LossChoice("bce"))


def lively_bundle(
    architecture: str = "gru",
    kind: str = "displacement",
    *,
    members: int = 2,
    mirrored: bool = True,
    components: int = 8,
    losses: tuple[LossChoice, ...] = LOSSES,
    frames: int = 10,
) -> Bundle:
    """An untrained bundle whose outputs lie all over 0..1, so that no term of the pass can hide."""
    g = np.random.default_rng(11)
    spec = FeatureSpec(kind=kind, components=components)  # type: ignore[arg-type]
    shape = NetworkShape(architecture, 8, 12, 10, spec.inputs)  # type: ignore[arg-type]
    weights = initial_weights(shape, members * len(THREE), seed=1)
    for name, value in weights.items():
        if "bias" in name or name in ("bn_beta", "bn_mean"):
            value += g.normal(0, 0.3, value.shape).astype(np.float32)
        if name in ("bn_gamma", "bn_variance"):
            value *= g.uniform(0.5, 2, value.shape).astype(np.float32)
    weights["out_kernel"] *= 4
    recogniser = Recogniser(
        THREE,
        shape,
        members,
        FeatureMap.fit(made_set(frames=frames), spec),
        weights,
        mirrored,
        losses,
        (0.5, -0.3, 0.2) if losses else (),
    )
    training = {"corpus": {"name": "made", "synthetic": True}, "subjects": ["P00", "P01"]}
    return Bundle("lively", recogniser, frames, SamplingRule.EQUATIONS, {}, training)


def answers(file: Path, kind: str, bundle: Bundle, clips: Any) -> np.ndarray:
    run, _ = open_file(file, kind)  # type: ignore[arg-type]
    return run(verify.inputs(bundle, clips))["probabilities"]


CASES = [{"architecture": a, "kind": k, "components": c} for a in ("gru", "lstm") for k in KINDS for c in (8, 0)]
CASES += [
    {"members": 1},
    {"mirrored": False},
    {"losses": ()},
    {"kind": "raw", "mirrored": False},
    {"frames": 3},
    {"losses": (LossChoice("focal", alpha=0.75, gamma=0.5),) * 3},
    {"losses": (LossChoice("bce"),) * 3},
]


@pytest.mark.parametrize("how", CASES, ids=lambda how: "-".join(f"{v}" for v in how.values())[:40])
def test_onnx_says_what_the_bundle_says(how: dict[str, Any], tmp_path: Path) -> None:
    bundle = lively_bundle(**how)
    done = write.export_bundle(bundle, "onnx", tmp_path / "m.onnx")
    # Clips that the export itself never saw, through a runtime of their own.
    clips = made_set(7, frames=bundle.frames, seed=21)
    wanted = bundle.recogniser.probabilities(clips)
    assert np.ptp(wanted) > 0.3, "the outputs must differ for a comparison to mean something"
    np.testing.assert_allclose(answers(done.file, "onnx", bundle, clips), wanted, atol=2e-5)
    assert done.verdict.largest_difference < verify.TOLERANCE


@pytest.mark.parametrize(
    "how",
    [{"architecture": "gru"}, {"architecture": "lstm", "kind": "aligned"}, {"kind": "raw", "components": 0}],
    ids=["gru", "lstm aligned", "raw"],
)
def test_tflite_says_what_the_bundle_says(how: dict[str, Any], tmp_path: Path) -> None:
    bundle = lively_bundle(**how)
    done = write.export_bundle(bundle, "tflite", tmp_path / "m.tflite")
    clips = made_set(7, seed=21)
    wanted = bundle.recogniser.probabilities(clips)
    np.testing.assert_allclose(answers(done.file, "tflite", bundle, clips), wanted, atol=2e-5)
    assert b"An expression is not a feeling" in done.file.read_bytes()


def test_any_number_of_clips_gives_as_many_rows(tmp_path: Path) -> None:
    bundle = lively_bundle()
    file = write.export_bundle(bundle, "onnx", tmp_path / "m.onnx").file
    clips = made_set(5)
    whole = answers(file, "onnx", bundle, clips)
    assert whole.shape == (15, 3)
    for k in (0, 14):
        np.testing.assert_allclose(answers(file, "onnx", bundle, clips.take([k]))[0], whole[k], atol=1e-6)


def test_a_calibration_comes_along(tmp_path: Path) -> None:
    bundle = lively_bundle()
    bundle = replace(bundle, calibration=Calibration(0.7, -0.4))
    done = write.export_bundle(bundle, "onnx", tmp_path / "m.onnx")
    clips = made_set(7, seed=21)
    run, _ = open_file(done.file, "onnx")
    got = run(verify.inputs(bundle, clips))["distribution"]
    # By hand, from the probabilities: softmax over 0.7 log odds - 0.4, and 0 for rest.
    p = bundle.recogniser.probabilities(clips).astype(np.float64)
    z = np.concatenate([0.7 * np.log(p / (1 - p)) - 0.4, np.zeros((len(p), 1))], axis=1)
    np.testing.assert_allclose(got, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), atol=1e-4)
    assert done.about["outcomes"] == [*THREE, "neutral"]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("put_out", [(20.0, 18.0, 17.0), (-20.0, -30.0, 14.0), (60.0, 59.9, -60.0)])
def test_a_very_sure_classifier_is_read_as_by_the_bundle(kind: str, put_out: tuple[float, ...], tmp_path: Path) -> None:
    """A focal loss's inverse goes on far out: two sure classifiers are no tie."""
    made = lively_bundle(losses=(LossChoice("focal", alpha=0.75, gamma=2.0),) * 3)
    weights = made.recogniser.weights | {
        "out_kernel": np.zeros_like(made.recogniser.weights["out_kernel"]),
        "out_bias": np.tile(np.array(put_out, dtype=np.float32)[:, None], (2, 1)),
    }
    sure = replace(made.recogniser, weights=weights)
    bundle = replace(made, recogniser=sure, calibration=Calibration(0.7, -0.4))
    done = write.export_bundle(bundle, kind, tmp_path / f"m.{kind}")  # type: ignore[arg-type]
    clips = made_set(1)
    run, _ = open_file(done.file, kind)  # type: ignore[arg-type]
    got = run(verify.inputs(bundle, clips))["distribution"]
    wanted = Outcomes(bundle).probabilities(sure.read(clips))
    assert wanted[0, 0] > 1.5 * wanted[0, 1], "no tie"
    np.testing.assert_allclose(got, wanted, atol=2e-5)


def test_neutral_as_an_emotion_and_rest_are_one_outcome(tmp_path: Path) -> None:
    made = lively_bundle()
    named = replace(made.recogniser, emotions=("anger", "neutral", "surprise"))
    bundle = replace(made, recogniser=named, calibration=Calibration())
    done = write.export_bundle(bundle, "onnx", tmp_path / "m.onnx")
    assert done.about["outcomes"] == ["anger", "surprise", "neutral"]
    clips = made_set(7, seed=21)
    run, _ = open_file(done.file, "onnx")
    got = run(verify.inputs(bundle, clips))
    odds = got["probabilities"] / (1 - got["probabilities"])
    share = odds / (1 + odds.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(got["distribution"][:, :2], share[:, [0, 2]], atol=1e-4)
    np.testing.assert_allclose(got["distribution"].sum(axis=1), 1, atol=1e-6)


def test_the_shipped_bundle_can_be_taken_away(tmp_path: Path) -> None:
    for folder in bundles_in(bundles_dir()):
        done = write.export_bundle(load_bundle(folder), "onnx", tmp_path / f"{folder.name}.onnx")
        assert done.verdict.largest_difference < verify.TOLERANCE


def test_what_the_file_says_about_itself(tmp_path: Path) -> None:
    import onnx

    bundle = lively_bundle()
    done = write.export_bundle(bundle, "onnx", tmp_path / "m.onnx")
    model = onnx.load(done.file)
    inside = {p.key: p.value for p in model.metadata_props}
    beside = json.loads(done.description.read_text())
    for said in (inside, beside):
        assert "not a feeling" in said["notice"] and "5(1)(f)" in said["notice"]
    assert json.loads(inside["emotions"]) == beside["emotions"] == list(THREE)
    assert json.loads(inside["sampling"])["frames"] == 10
    assert [i["name"] for i in beside["inputs"]] == [i.name for i in model.graph.input]
    assert "image heights" in beside["inputs"][0]["meaning"]
    assert beside["check"]["clips"] == 72 and "onnxruntime" in beside["check"]["runtime"]
    assert not {"P00", "P01"} & set(json.dumps(beside).replace('"', " ").split()), "no subject is named"
    assert {n.domain for n in model.graph.node} == {""}, "standard operations alone"


def test_inputs_are_those_that_the_features_read() -> None:
    named = {kind: graph.input_names(lively_bundle(kind=kind)) for kind in KINDS}
    assert named == {
        "displacement": ("landmarks", "neutral"),
        "aligned": ("landmarks",),
        "raw": ("landmarks", "aspect"),
    }
    assert set(description.shapes(lively_bundle(kind="raw"))) == {"landmarks", "aspect", "probabilities"}


# --- faults -----------------------------------------------------------------------------------------


def _swapped_gates(a: Any, w: Any, steps: Any, q: int, *, true: Any = graph._gru) -> Any:
    return true(a, w | {"recurrent": np.roll(w["recurrent"], q, axis=2)}, steps, q)


def _no_offsets(a: Any, r: Recogniser, log_odds: Any, *, true: Any = graph._implied) -> Any:
    return true(a, replace(r, offsets=()), log_odds)


def _no_mirror_permutation(a: Any, r: Any, points: Any, width: Any) -> Any:
    return a.join([points[0], width - points[0]], 0), a.join([points[1], points[1]], 0)


def _not_a_number(a: Any, r: Any, log_odds: Any) -> Any:
    return log_odds + a.log(a.constant(-1.0))


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("_gru", _swapped_gates),
        ("_implied", _no_offsets),
        ("_with_mirror", _no_mirror_permutation),
        ("_implied", _not_a_number),
    ],
    ids=["gates swapped", "offsets forgotten", "mirror as published", "NaN"],
)
def test_a_graph_that_is_wrong_is_refused(
    part: str, fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "m.onnx"
    older.write_bytes(b"older")
    monkeypatch.setattr(graph, part, fault)
    with pytest.raises(BundleError, match="other probabilities than the bundle") as caught:
        write.export_bundle(lively_bundle(), "onnx", older)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert older.read_bytes() == b"older"
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"], "nothing else is left"


def test_a_file_that_does_not_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "write_onnx", lambda bundle, about, shapes, file: file.write_bytes(b"no model"))
    with pytest.raises(BundleError, match="does not run"):
        write.export_bundle(lively_bundle(), "onnx", tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="use onnx or tflite"):
        write.export_bundle(lively_bundle(), "coreml", tmp_path / "m")  # type: ignore[arg-type]
    assert FORMATS == ("onnx", "tflite")


def test_without_onnx_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "onnx":
            raise ImportError("No module named 'onnx'")
        return whole(name, *rest, **more)

    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(BundleError, match=r"needs the package onnx.*requirements.txt -c constraints.txt"):
        write.export_bundle(lively_bundle(), "onnx", tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


# --- the command line ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_the_command_line(kind: str, tmp_path: Path) -> None:
    save_bundle(lively_bundle(), tmp_path / "b")
    words = ["export", str(tmp_path / "b"), "--format", kind, "--out", str(tmp_path / "new" / f"m.{kind}")]
    done = subprocess.run(
        [sys.executable, "-m", "fer_core", *words, "--json"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert Path(said["file"]).stat().st_size == said["bytes"]
    assert said["largest_difference"] < said["tolerance"] == 1e-4
    assert Path(said["description"]).name == f"m.{kind}.json"
    clips = made_set(2, seed=5)
    bundle = load_bundle(tmp_path / "b")
    np.testing.assert_allclose(
        answers(Path(said["file"]), kind, bundle, clips), bundle.recogniser.probabilities(clips), atol=2e-5
    )


def test_the_command_line_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main.main(["export", str(tmp_path / "nothing"), "--out", str(tmp_path / "m.onnx")]) == 1
    assert capsys.readouterr().err.startswith("fer_core: ")
    assert list(tmp_path.iterdir()) == []
    save_bundle(lively_bundle(), tmp_path / "b")
    monkeypatch.chdir(tmp_path)
    assert main.main(["export", "b"]) == 0
    assert "onnxruntime" in capsys.readouterr().out
    assert (tmp_path / "b.onnx").is_file(), "named after the bundle, where one stands"
