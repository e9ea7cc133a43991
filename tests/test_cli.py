"""The command line as a person or a script meets it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import THREE, tiny, tiny_bundle

from fer_core.cli.main import main
from fer_core.models.bundle import save_bundle

REPOSITORY = Path(__file__).resolve().parents[1]
PER_EMOTION = {"accuracy", "f1", "precision", "recall", "specificity", "tp", "fp", "fn", "tn"}
JUDGED = {
    "n",
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "mean_binary_accuracy",
    "per_emotion",
    "confusion",
    "protocol",
    "seed",
}

PREDICTED = {
    "file",
    "bundle",
    "decision",
    "emotion",
    "probability",
    "threshold",
    "distribution",
    "log_odds",
    "probabilities",
    "frames",
    "frames_searched",
    "found",
    "faces",
    "frames_with_several_faces",
    "read",
    "neutral",
    "notes",
}

Captured = pytest.CaptureFixture[str]


def ask(capsys: Captured, *words: object) -> dict[str, Any]:
    """The JSON a command answers with; stdout holds nothing else."""
    status = main([*(str(w) for w in words), "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    answer = json.loads(out, parse_constant=pytest.fail)
    assert isinstance(answer, dict)
    return answer


def refused(capsys: Captured, *words: object) -> str:
    """The one sentence a command ends with."""
    status = main([str(w) for w in words])
    out, err = capsys.readouterr()
    assert status == 1
    assert out == ""
    assert "Traceback" not in err
    last = err.strip().splitlines()[-1]
    assert last.startswith("fer_core: ")
    assert last.endswith(".")
    return last


def process(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fer_core", *(str(w) for w in words)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=500,
        env=os.environ | {"FER_LAB_HOME": str(home)},
    )


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "tiny bundle"
    save_bundle(tiny_bundle(), folder)
    return folder


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(tiny(folds=2).to_json()))
    return file


# --- corpus ---------------------------------------------------------------------------------------


def test_the_pairs_are_what_their_readme_says(capsys: Captured, shared_data: Path) -> None:
    got = ask(capsys, "corpus", shared_data / "ckplus_pairs")
    assert (got["format"], got["clips"], got["labelled"], got["subjects"]) == ("ckplus", 269, 269, 100)
    assert got["counts"] == {"anger": 41, "disgust": 52, "fear": 21, "happiness": 62, "sadness": 23, "surprise": 70}
    for emotion, n in got["counts"].items():
        assert got["imbalance"][emotion]["ratio"] == pytest.approx((269 - n) / n)
    assert got["imbalance"]["fear"]["loss"] == "focal"  # 11.81
    assert got["imbalance"]["surprise"]["loss"] == "bce"  # 2.84


def test_the_sample_is_18_clips_of_5_subjects(capsys: Captured, shared_data: Path) -> None:
    got = ask(capsys, "corpus", shared_data / "ckplus_sample")
    assert (got["clips"], got["subjects"]) == (18, 5)


def test_the_demo_has_the_published_counts(capsys: Captured) -> None:
    got = ask(capsys, "corpus", "demo")
    assert (got["clips"], got["subjects"], got["counts"]["contempt"]) == (327, 118, 18)
    assert got["synthetic"] is True
    assert got["left_out"] == {"contempt": 18} and "contempt" not in got["imbalance"]
    assert got["imbalance"]["fear"]["loss"] == "weighted_bce"  # 284 / 25 = 11.36


def test_thresholds_and_boundary_are_options(capsys: Captured) -> None:
    got = ask(capsys, "corpus", "demo", "--moderate", 2, "--severe", 5.8, "--boundary", ">=")
    assert got["imbalance"]["anger"]["loss"] == "focal"
    assert got["imbalance"]["surprise"]["loss"] == "weighted_bce"
    assert "out of order" in refused(capsys, "corpus", "demo", "--moderate", 20)


def test_for_people_it_is_text(capsys: Captured) -> None:
    assert main(["corpus", "demo"]) == 0
    out = capsys.readouterr().out
    assert "118 subjects" in out
    assert "weighted binary cross-entropy" in out
    assert "ynthetic" in out  # what it is stands with its numbers


def test_bad_folders_are_one_sentence(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(capsys, "corpus", tmp_path / "empty")
    assert "absent" in refused(capsys, "corpus", tmp_path / "absent")
    (tmp_path / "file.txt").write_text("x")
    refused(capsys, "corpus", tmp_path / "file.txt")


# --- extract, train, evaluate ---------------------------------------------------------------------


def folder_of_clips(shared_data: Path, root: Path) -> Path:
    """A few real clips as a plain folder, one of them without a face."""
    source = shared_data / "ckplus_pairs" / "cohn-kanade-images"
    from fer_core.datasets.catalog import open_corpus

    taken = dict.fromkeys(THREE, 0)
    for clip in open_corpus(shared_data / "ckplus_pairs").clips:
        if clip.emotion in taken and taken[clip.emotion] < 4:
            taken[clip.emotion] += 1
            target = root / clip.emotion / f"{clip.subject}_{taken[clip.emotion]}"
            target.mkdir(parents=True)
            for number, frame in zip(clip.frame_numbers, clip.frames, strict=True):
                shutil.copy(frame, target / f"frame_{number:04d}.png")
    assert source.is_dir()
    blank = root / "anger" / "nobody_1"
    blank.mkdir()
    for n in (1, 2):
        shutil.copy(shared_data / "fixtures" / "no-faces.jpg", blank / f"{n}.jpg")
    return root


def test_extract_says_what_was_rejected(capsys: Captured, shared_data: Path, tmp_path: Path) -> None:
    corpus = folder_of_clips(shared_data, tmp_path / "clips")
    got = ask(capsys, "extract", corpus, "--workers", 1)
    assert got["clips"] == 12
    (rejected,) = got["rejected"]
    assert rejected["clip"] == "anger/nobody_1"
    assert "no face" in rejected["why"]


@pytest.mark.slow
def test_train_on_a_small_real_folder_in_a_process_of_its_own(
    shared_data: Path, tmp_path: Path, tiny_file: Path
) -> None:
    """Nothing is in the cache, so landmarks are found in the process that trains: this once crashed."""
    corpus = folder_of_clips(shared_data, tmp_path / "clips")
    out = tmp_path / "out"
    done = process("train", corpus, "--condition", tiny_file, "--out", out, "--workers", 1, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    got = json.loads(done.stdout)
    assert set(got) >= JUDGED
    assert got["n"] == 12
    assert set(got["per_emotion"]) == set(THREE)
    for e in got["per_emotion"].values():
        assert set(e) >= PER_EMOTION
        assert e["tp"] + e["fp"] + e["fn"] + e["tn"] == 12
    assert [sum(row) for row in got["confusion"]] == [4, 4, 4]
    assert (got["protocol"], got["seed"]) == ("subject-kfold", 0)
    assert "Finding landmarks" in done.stderr
    assert "Training" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in out.iterdir()) == ["bundle", "predictions.csv", "result.json"]

    photo = shared_data / "fixtures" / "single_face.jpg"
    said = process("predict", out / "bundle", photo, "--json", home=tmp_path)
    assert said.returncode == 0, said.stderr[-2000:]
    assert json.loads(said.stdout)["faces"] == 1


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Trained on the demo by options, two people kept out: the answer, and a folder of "out" and "run"."""
    folder = tmp_path_factory.mktemp("trained")
    answer = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(answer):
        patch.setenv("FER_LAB_HOME", str(folder / "home"))
        words = [
            "train",
            "demo",
            "--architecture",
            "lstm",
            "--loss",
            "standard",
            "--protocol",
            "subject-kfold",
            "--folds",
            "2",
            "--seed",
            "5",
            "--epochs",
            "2",
            "--ensemble",
            "1",
            "--emotions",
            "happy,contempt,surprise",
            "--without-subjects",
            "D001,D002",
            "--workers",
            "1",
            "--out",
            str(folder / "out"),
            "--run",
            str(folder / "run"),
            "--json",
        ]
        assert main(words) == 0
    return json.loads(answer.getvalue(), parse_constant=pytest.fail), folder


@pytest.mark.slow
def test_train_the_demo_by_options(capsys: Captured, trained: tuple[dict[str, Any], Path]) -> None:
    got, folder = trained
    assert set(got) >= JUDGED
    assert got["seed"] == 5
    assert got["folds"] == 2
    assert got["emotions"] == ["happiness", "contempt", "surprise"]
    assert got["condition"]["architecture"] == "lstm"
    assert got["condition"]["loss"] == "standard"
    stored = json.loads((folder / "out" / "result.json").read_text())
    assert {e["loss"] for e in stored["curves"]} == {"bce"}
    assert "curves" not in got

    judged = ask(capsys, "evaluate", folder / "out" / "bundle", "demo", "--include-seen")
    assert set(judged) >= JUDGED
    assert "seen" in judged["protocol"]


@pytest.mark.slow
def test_subjects_can_be_kept_out(capsys: Captured, trained: tuple[dict[str, Any], Path], tiny_file: Path) -> None:
    from fer_core.models.bundle import load_bundle

    got, folder = trained
    seen = load_bundle(folder / "out" / "bundle").training["subjects"]
    assert len(seen) == got["subjects"]
    assert not {"D001", "D002"} & set(seen)
    assert "D999" in refused(capsys, "train", "demo", "--condition", tiny_file, "--without-subjects", "D999")


@pytest.mark.slow
def test_a_run_folder_gets_the_progress(capsys: Captured, trained: tuple[dict[str, Any], Path], tmp_path: Path) -> None:
    _, folder = trained
    status = json.loads((folder / "run" / "status.json").read_text())
    assert status["state"] == "done"
    events = [json.loads(line) for line in (folder / "run" / "events.jsonl").read_text().splitlines()]
    assert {e["emotion"] for e in events} == {"happiness", "contempt", "surprise"}

    assert main(["train", str(tmp_path / "absent"), "--run", str(tmp_path / "run2")]) == 1
    failed = json.loads((tmp_path / "run2" / "status.json").read_text())
    assert failed["state"] == "failed"
    assert "no such folder" in failed["error"]


@pytest.mark.slow
def test_evaluate_on_real_sequences(capsys: Captured, bundle: Path, shared_data: Path, known_tracks: Path) -> None:
    got = ask(capsys, "evaluate", bundle, shared_data / "ckplus_sample")
    assert set(got) >= JUDGED
    assert 0 < got["n"] <= 18
    assert any("does not know" in note for note in got["notes"])
    assert main(["evaluate", str(bundle), str(shared_data / "ckplus_sample"), "--stills"]) == 0
    out = capsys.readouterr().out
    assert "last frames only" in out
    assert "[" in out  # intervals


@pytest.mark.parametrize("text", ["", "{", "[]", '{"fold": 3}', '{"folds": "ten"}', '{"fit": {"epochs": 0}}'])
def test_a_bad_condition_file_is_one_sentence(capsys: Captured, tmp_path: Path, text: str) -> None:
    file = tmp_path / "condition.json"
    file.write_text(text)
    refused(capsys, "train", "demo", "--condition", file)
    assert "absent.json" in refused(capsys, "train", "demo", "--condition", tmp_path / "absent.json")


def test_impossible_training_is_one_sentence(capsys: Captured, tmp_path: Path, tiny_file: Path) -> None:
    refused(capsys, "train", "demo", "--folds", 1)
    refused(capsys, "train", tmp_path / "absent", "--condition", tiny_file)
    taken = tmp_path / "taken"
    taken.write_text("x")
    refused(capsys, "train", "demo", "--condition", tiny_file, "--out", taken)


def test_wrong_usage_has_status_2(capsys: Captured) -> None:
    for words in (["train", "demo", "--architecture", "cnn"], ["train", "demo", "--emotions", "joyful"], [], ["fly"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        assert "Traceback" not in capsys.readouterr().err


# --- predict --------------------------------------------------------------------------------------


def test_predict_a_photo_a_clip_and_a_folder_of_frames(capsys: Captured, bundle: Path, shared_data: Path) -> None:
    fixtures = shared_data / "fixtures"
    frames = next((shared_data / "ckplus_sample" / "cohn-kanade-images").glob("*/*"))
    expected = {
        fixtures / "single_face.jpg": 1,
        fixtures / "single_face.mp4": None,
        frames: len(list(frames.glob("*.png"))),
    }
    for source, n in expected.items():
        got = ask(capsys, "predict", bundle, source)
        assert set(got) == PREDICTED
        assert got["file"] == str(source)
        assert set(got["probabilities"]) == set(got["log_odds"]) == set(THREE)
        assert list(got["distribution"]) == [*THREE, "neutral"]
        assert sum(got["distribution"].values()) == pytest.approx(1, abs=1e-6)
        assert got["emotion"] == max(got["log_odds"], key=got["log_odds"].get)
        assert got["probability"] == got["distribution"][got["emotion"]]
        assert got["decision"] in (got["emotion"], "rest", "unsure")
        assert got["frames"] == n if n else got["frames"] > 10
        assert got["faces"] >= 1 and got["frames_with_several_faces"] == 0
        assert got["neutral"] == ("guessed" if n == 1 else "first frame")
        assert got["read"]["rule"] == ("the largest" if n == 1 else "the largest of each frame")
        assert 1 <= got["read"]["frame"] <= got["frames"] and len(got["read"]["box"]) == 4


def test_predict_two_sure_classifiers(capsys: Captured, tmp_path: Path, shared_data: Path) -> None:
    """Log odds (20, 18, -3): the distribution e^20 : e^18, not a tie, all the way to the JSON."""
    made = tiny_bundle()
    weights = made.recogniser.weights | {
        "out_kernel": np.zeros_like(made.recogniser.weights["out_kernel"]),
        "out_bias": np.array([[20.0], [18.0], [-3.0]], dtype=np.float32),
    }
    save_bundle(replace(made, recogniser=replace(made.recogniser, weights=weights)), tmp_path / "sure")
    for name in ("astronaut.png", "single_face.mp4"):
        got = ask(capsys, "predict", tmp_path / "sure", shared_data / "fixtures" / name, "--no-neutral")
        assert got["log_odds"] == {"anger": 20.0, "happiness": 18.0, "surprise": -3.0}
        assert got["distribution"]["anger"] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
        assert (got["decision"], got["threshold"]) == ("anger", 0.5)
        assert got["probabilities"]["happiness"] < got["probabilities"]["anger"] < 1


def test_predict_decides_like_the_pages(capsys: Captured, shared_data: Path) -> None:
    """A resting face is no emotion, an emotion below the threshold is none either."""
    shipped = REPOSITORY / "saved_models" / "ckplus-gru"
    frames = shared_data / "ckplus_sample" / "cohn-kanade-images"
    for sequence in sorted(frames.glob("*/*"))[:3]:
        photo = min(sequence.glob("*.png"))
        assert ask(capsys, "predict", shipped, photo)["decision"] == "rest"
        assert main(["predict", str(shipped), str(photo)]) == 0
        assert capsys.readouterr().out.startswith("At rest.\n")
    group = shared_data / "fixtures" / "multi_face.jpg"
    unsure = ask(capsys, "predict", shipped, group, "--threshold", 0.9)
    assert unsure["decision"] == "unsure" and 0.5 < unsure["probability"] < 0.9
    assert (unsure["faces"], unsure["frames_with_several_faces"]) == (3, 1)
    assert unsure["notes"][0].startswith("The photo shows 3 faces; only the largest is read")
    assert "out of range" in refused(capsys, "predict", shipped, group, "--threshold", 2)


def test_predict_for_people(capsys: Captured, bundle: Path, shared_data: Path) -> None:
    group = shared_data / "fixtures" / "multi_face.jpg"
    assert main(["predict", str(bundle), str(group)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(("Classified as", "At rest", "Unsure"))
    assert "One photo, 3 faces. Its resting face is guessed." in out
    assert "only the largest is read, the one whose middle lies 27% from the left" in out
    assert "trained on synthetic landmarks" in out
    assert out.rstrip().endswith("An expression is not a feeling.")


def test_predict_says_why_not(capsys: Captured, bundle: Path, shared_data: Path, tmp_path: Path) -> None:
    fixtures = shared_data / "fixtures"
    assert "no face" in refused(capsys, "predict", bundle, fixtures / "no-faces.jpg")
    assert "absent.png" in refused(capsys, "predict", bundle, tmp_path / "absent.png")
    assert "no file is named" in refused(capsys, "predict", bundle, "")
    assert "no model bundle" in refused(capsys, "predict", tmp_path, fixtures / "single_face.jpg")
    broken = Path(shutil.copytree(bundle, tmp_path / "broken"))
    (broken / "weights.npz").write_bytes((bundle / "weights.npz").read_bytes()[:500])
    assert "cut off" in refused(capsys, "predict", broken, fixtures / "single_face.jpg")


# --- stopping and streams -------------------------------------------------------------------------


def test_stopping_has_status_130(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_core.datasets import catalog

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(catalog, "open_corpus", interrupted)
    assert main(["corpus", "demo"]) == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert "Stopped" in err


def test_help_and_corpus_need_no_heavy_library(own_home: Path) -> None:
    code = (
        "import sys; from fer_core.cli.main import main, parser; parser(); main(['corpus', 'demo']); "
        "loaded = {n.partition('.')[0] for n in sys.modules}; "
        "print(sorted(loaded & {'tensorflow', 'keras', 'mediapipe', 'streamlit'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr
