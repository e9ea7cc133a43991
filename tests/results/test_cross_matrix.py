"""A trained image bundle and a shipped landmark bundle, really read on made and real corpora."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training.images.image_samples import SHOWN, corpus, pictures, quick, write_npz

from fer_core.base.errors import PathError, ProtocolError, SettingError
from fer_core.cli.main import main
from fer_core.datasets.images.as_single_frame_clips import clips_of
from fer_core.datasets.images.catalog import open_images
from fer_core.models.images.bundle import GRAPH, ImageBundle, save_image_bundle
from fer_core.results.metrics import evaluate
from fer_core.studies.cross import jobs
from fer_core.studies.cross.matrix import cross_matrix
from fer_core.studies.cross.readers import ImageRecogniser, _strangers, found_bundles, trained_on

pytest.importorskip("keras")
pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LeNet-5, trained on bars for some epochs, without its graph."""
    from fer_core.training.images.batches import Pictures
    from fer_core.training.images.fit import fit_images
    from fer_core.training.images.protocols import ImageSplit

    c = corpus(60, 30)
    split = ImageSplit(0, np.arange(60), np.arange(0), np.arange(60, 90), "validation")
    fitted = fit_images(c, quick(fit=replace(quick().fit, epochs=6)), split, 0)
    said = fitted.read(Pictures(c, split.test, 32, 3))
    metrics = evaluate(c.emotion[split.test], said, c.subject[split.test], SHOWN)
    training = {"corpus": "bars", "format": "arrays", "tested": "validation", "subjects": []}
    weights = fitted.model.get_weights()
    made = ImageBundle("bars-lenet", "lenet5", 32, 3, SHOWN, weights=weights, metrics=metrics, training=training)
    folder = tmp_path_factory.mktemp("bundles") / "bars-lenet"
    save_image_bundle(made, folder)
    return folder


def upside_down(file: Path, n: int = 45) -> Path:
    """Another corpus: the bars lie elsewhere, so that what was learned is worth little; no parts."""
    drawn, emotion = pictures(n, seed=9)
    np.savez(file, images=drawn[:, ::-1], emotion=np.where(emotion == "surprise", "sadness", emotion))
    return file


def test_a_matrix_of_its_own_and_another_corpus(bundle: Path, tmp_path: Path) -> None:
    own, other = write_npz(tmp_path / "bars.npz", 60, 30), upside_down(tmp_path / "other.npz")
    matrix = cross_matrix([str(bundle)], [str(own), str(other)])
    assert (bundle / GRAPH).is_file(), "the graph was added"
    json.dumps(matrix, allow_nan=False)
    mine, theirs = matrix["cells"][0]
    assert mine["own"] and mine["n"] == 30 and mine["part"] == "validation" and mine["drop"] is None
    assert mine["accuracy"] == pytest.approx(matrix["rows"][0]["own"]["accuracy"]), "as when it was trained"
    assert theirs["emotions"] == ["anger", "happiness"] and theirs["n"] == 30, "sadness is left out"
    assert theirs["accuracy"] < mine["accuracy"]
    # Its own result was read on the same two emotions, from what it said of its own corpus above.
    reader = ImageRecogniser(bundle)
    said = reader.answer(open_images(own)).said
    rows = np.isin(said.shown, ["anger", "happiness"])
    right = np.array(["anger", "happiness"])[said.scores[rows][:, :2].argmax(axis=1)] == said.shown[rows]
    assert theirs["drop"]["accuracy"]["value"] == pytest.approx(right.mean() - theirs["accuracy"], abs=1e-6)


def test_its_own_result_on_fewer_emotions_is_unknown_without_its_corpus(bundle: Path, tmp_path: Path) -> None:
    ((cell,),) = cross_matrix([str(bundle)], [str(upside_down(tmp_path / "other.npz"))])["cells"]
    assert cell["drop"] is None
    assert any("test it on its own corpus" in note for note in cell["notes"])


def test_strictly_other_answers_are_wrong(bundle: Path, tmp_path: Path) -> None:
    other = str(upside_down(tmp_path / "other.npz"))
    loose, strict = (cross_matrix([str(bundle)], [other], strict=s)["cells"][0][0] for s in (False, True))
    assert strict["accuracy"] < loose["accuracy"]
    assert np.sum(strict["confusion"]) == np.sum(loose["confusion"]) == 30


def test_what_goes_wrong_in_one_cell_is_said_there(bundle: Path, tmp_path: Path) -> None:
    whole = tmp_path / "bars.npz"
    drawn, emotion = pictures(30)
    np.savez(whole, images=drawn, emotion=emotion)
    rest = tmp_path / "rest.npz"
    np.savez(rest, images=drawn, emotion=np.where(emotion == "anger", "anger", "neutral"))
    seen, one, fine = cross_matrix([str(bundle)], [str(whole), str(rest), str(upside_down(tmp_path / "o.npz"))])[
        "cells"
    ][0]
    assert seen["n"] == 0 and "trained on" in seen["why"]
    assert one["n"] == 0 and "two emotions" in one["why"]
    assert fine["n"] == 30


def test_nothing_to_judge_is_refused(bundle: Path) -> None:
    with pytest.raises(SettingError):
        cross_matrix([], ["x"])
    with pytest.raises(PathError, match="no bundle"):
        cross_matrix(["no-such-bundle"], ["x"])


def test_pictures_of_people_it_was_trained_on_are_left_out() -> None:
    c = replace(corpus(60, 0, people=6), part=np.full(60, ""))
    training = {"corpus": "bars", "format": "arrays", "subjects": ["P00", "P01"]}
    at, part, notes = _strangers(c, training)
    assert not set(c.subject[at]) & {"P00", "P01"} and len(at) == 40 and part == ""
    assert notes == ("20 pictures of people it was trained on were left out",)
    assert len(_strangers(c, training | {"corpus": "else"})[0]) == 60, "names of another corpus mean nothing"
    with pytest.raises(ProtocolError):
        _strangers(c, training | {"subjects": list(c.subjects)})


def test_a_held_out_part_is_what_everybody_is_tested_on() -> None:
    c = corpus(60, 12, test=15)
    for training in ({}, {"corpus": "bars", "format": "arrays"}):
        at, part, _ = _strangers(c, training)
        assert part == "test" and at.tolist() == c.of_part("test").tolist()
    assert not trained_on(c, {})


def test_bundles_are_found_by_folder_name_and_run(bundle: Path, own_home: Path) -> None:
    assert found_bundles(str(bundle)) == [bundle]
    assert found_bundles(str(bundle.parent)) == [bundle]
    assert [f.name for f in found_bundles("ckplus-gru")] == ["ckplus-gru"]
    models = own_home / "runs" / "images-20260101-000000" / "models" / "a"
    save_image_bundle(ImageBundle("a", "lenet5", 32, 1, SHOWN), models)
    assert found_bundles("images-20260101-000000") == [models.resolve()]


def test_the_command_stores_what_the_page_shows(
    bundle: Path, tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer_core import runs

    other = upside_down(tmp_path / "other.npz")
    folder = own_home / "runs" / "cross-20260101-000000"
    command = ["cross", "--train", str(bundle), "--test", str(other), "--run", str(folder)]
    assert main([*command, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert jobs.read_result(folder.name) == said
    assert jobs.results()[0] == folder.name
    assert runs.read_status(folder).state == "done"
    assert main(command[:-2]) == 0
    assert "accuracy" in capsys.readouterr().out
    assert main(["cross", "--train", "nothing", "--test", str(other), "--run", str(folder)]) == 1
    assert "there is no bundle of this name (nothing)" in capsys.readouterr().err
    assert runs.read_status(folder).state == "failed"


def test_a_landmark_bundle_reads_stills(shared_data: Path) -> None:
    if not (shared_data / "ckplus48.npz").is_file():
        pytest.skip("CK+48 is not on this machine")
    c = open_images(shared_data / "ckplus48.npz")
    known = set(json.loads(Path("saved_models/ckplus-gru/bundle.json").read_text())["training"]["subjects"])
    assert known & set(c.subjects), "the corpora name people alike"
    ((cell,),) = cross_matrix(["ckplus-gru"], [str(shared_data / "ckplus48.npz")])["cells"]
    assert cell["accuracy"] > 0.7 and cell["unit"] == "people"
    assert any("were left out" in note for note in cell["notes"])
    assert any("whole clips" in note for note in cell["notes"])
    assert "contempt" in cell["labels"]


def test_stills_are_written_once_and_read_back(tmp_path: Path) -> None:
    import cv2

    c = open_images(write_npz(tmp_path / "bars.npz", 12, 3))
    clips = clips_of(c, np.array([2, 14])).clips
    assert [x.clip_id for x in clips] == c.item[[2, 14]].tolist() and not clips[0].starts_neutral
    read = cv2.imread(str(clips[1].frames[0]), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(read, c.source.read(int(c.position[14])))
    before = clips[0].frames[0].stat().st_mtime_ns
    assert clips_of(c, np.array([2])).clips[0].frames[0].stat().st_mtime_ns == before


def test_pictures_with_the_pixels_of_its_training_pictures_are_left_out(bundle: Path, tmp_path: Path) -> None:
    import shutil

    from fer_core.datasets.copies.digests import pixel_digests
    from fer_core.models.images.trained_pictures import save_seen

    known = Path(shutil.copytree(bundle, tmp_path / "known"))
    other = upside_down(tmp_path / "other.npz")
    c = open_images(other)
    save_seen(known, pixel_digests(c, np.arange(9))[0])
    ((cell,),) = cross_matrix([str(known)], [str(other)])["cells"]
    assert cell["n"] == 24, "of 45, nine were seen, and twelve of the rest show sadness"
    assert any(note.startswith("9 pictures") and "left out" in note for note in cell["notes"])
