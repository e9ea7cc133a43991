"""Nothing outside a folder is read through links: corpora, bundles, runs, recordings. Real links."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fer_core import runs
from fer_core.base.errors import BundleError, CorpusError
from fer_core.base.paths import bundles_dir
from fer_core.cli import main
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.scan import Scan, only_child, visible
from fer_core.files.containment import inside, leading_out, stays
from fer_core.live.recordings.shelf import recordings
from fer_core.live.videos.queue import find_videos
from fer_core.models.bundle import load_bundle
from fer_core.results.bundles_and_runs import card_of, zipped


def face(file: Path) -> Path:
    """A small picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (48, 48), 90).save(file)
    return file


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder of somebody else's: two clips of frames, and single faces."""
    for name in ("private", "privater"):
        for n in (1, 2, 3):
            face(tmp_path / "secret" / name / f"{n}.png")
    face(tmp_path / "secret" / "face.png")
    return tmp_path / "secret"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A plain folder of clips with one of each emotion."""
    for emotion in ("anger", "fear"):
        for n in (1, 2, 3):
            face(tmp_path / "corpus" / emotion / "anna_1" / f"{n}.png")
    return tmp_path / "corpus"


Plant = Callable[[Path, Path], None]


def _clip(root: Path, secret: Path) -> None:
    (root / "anger" / "bob_1").symlink_to(secret / "private")


def _relative(root: Path, secret: Path) -> None:
    (root / "anger" / "bob_1").symlink_to("../../secret/private")


def _chain(root: Path, secret: Path) -> None:
    (root / "anger" / "bob_1").symlink_to(root / "hop")
    (root / "hop").symlink_to(secret / "private")


def _file(root: Path, secret: Path) -> None:
    (root / "anger" / "bob_1.png").symlink_to(secret / "face.png")


def _frame(root: Path, secret: Path) -> None:
    (root / "anger" / "anna_1" / "4.png").symlink_to(secret / "face.png")


def _emotion(root: Path, secret: Path) -> None:
    (root / "sadness").symlink_to(secret)


@pytest.mark.parametrize("plant", [_clip, _relative, _chain, _file, _frame, _emotion])
def test_a_link_out_of_a_corpus_of_clips_is_named_and_not_followed(corpus: Path, secret: Path, plant: Plant) -> None:
    plant(corpus, secret)
    found = open_corpus(corpus)
    read = [frame.resolve() for clip in found.clips for frame in clip.frames]
    assert read and not [frame for frame in read if frame.is_relative_to(secret)]
    assert len(found.clips) == (1 if plant is _frame else 2), "what is beside it stays, and stays whole"
    told = [o for o in found.omissions if "it leads out of the corpus" in o.why]
    assert told and all(o.fix for o in told)


def test_links_that_stay_and_a_corpus_that_is_itself_a_link_are_followed(tmp_path: Path, corpus: Path) -> None:
    (corpus / "anger" / "anna_2").symlink_to(corpus / "fear" / "anna_1")
    (tmp_path / "linked").symlink_to(corpus)
    for root in (corpus, tmp_path / "linked"):
        found = open_corpus(root)
        assert len(found.clips) == 3 and "leads out" not in str(found.omissions)


def test_a_list_of_subjects_outside_is_not_read(corpus: Path, tmp_path: Path) -> None:
    listed = tmp_path / "secret.csv"
    listed.write_text("clip,subject\nanger/anna_1,secret-name\nfear/anna_1,secret-name\n")
    (corpus / "subjects.csv").symlink_to(listed)
    found = open_corpus(corpus)
    assert "secret-name" not in {clip.subject for clip in found.clips}
    assert [o.where for o in found.omissions if "leads out" in o.why] == ["subjects.csv"]
    assert {c.subject for c in open_corpus(corpus, subjects_csv=listed).clips} == {"secret-name"}, "named by hand"


def test_the_folders_of_ckplus_are_not_followed_out(tmp_path: Path) -> None:
    images, labels = tmp_path / "secret" / "images", tmp_path / "ck" / "Emotion"
    for n in (1, 2):
        face(images / "S005" / "001" / f"S005_001_0000000{n}.png")
    (labels / "S005" / "001").mkdir(parents=True)
    (labels / "S005" / "001" / "S005_001_00000002_emotion.txt").write_text("   3.0000000e+00\n")
    (tmp_path / "ck" / "cohn-kanade-images").symlink_to(images)
    with pytest.raises(CorpusError, match="leads out of the corpus"):
        open_corpus(tmp_path / "ck")
    (tmp_path / "ck" / "cohn-kanade-images").unlink()
    shutil.copytree(images, tmp_path / "ck" / "cohn-kanade-images")
    assert len(open_corpus(tmp_path / "ck").clips) == 1
    shutil.move(labels, tmp_path / "secret" / "labels")
    labels.symlink_to(tmp_path / "secret" / "labels")
    with pytest.raises(CorpusError):
        open_corpus(tmp_path / "ck")


def test_a_folder_around_a_corpus_is_not_a_door(tmp_path: Path, corpus: Path) -> None:
    around = tmp_path / "opened"
    around.mkdir()
    (around / "corpus").symlink_to(corpus)
    assert only_child(around) is None
    assert visible(around)[0] == [around / "corpus"], "it is listed, for whoever may open it"
    with pytest.raises(CorpusError):
        open_corpus(around)


def test_odd_links_cost_themselves_alone(corpus: Path) -> None:
    (corpus / "anger" / "loop").symlink_to("loop")
    (corpus / "loop").symlink_to("loop")
    (corpus / "anger" / "dead").symlink_to("nowhere")
    os.mkfifo(corpus / "anger" / "pipe.png")
    found = open_corpus(corpus)
    assert len(found.clips) == 2
    assert {"anger/loop", "loop", "anger/dead", "anger/pipe.png"} <= {o.where for o in found.omissions}


def test_the_folder_asked_about_is_judged_with_all_links_followed(tmp_path: Path, secret: Path) -> None:
    (tmp_path / "root" / "in").mkdir(parents=True)
    (tmp_path / "root" / "in" / "out").symlink_to(secret)
    (tmp_path / "root" / "loop").symlink_to("loop")
    root = tmp_path / "root"
    assert stays(root, root / "in") and stays(root, root / "absent") and stays(root, root)
    assert not stays(root, root / "in" / "out" / "face.png") and not stays(root, root / "in" / ".." / ".." / "x")
    assert not stays(root, Path(f"{root}-beside")) and not stays(root, tmp_path)
    assert inside(root, root / "in") == (root / "in").resolve()
    for out in (root / "in" / "out", tmp_path):
        with pytest.raises(OSError, match="leads out"):
            inside(root, out)
    assert leading_out(root / "in") == [root / "in" / "out"]
    scan = Scan(root)
    assert scan.listing(root / "in" / "out") == ([], []) and scan.omissions


@pytest.mark.parametrize("part", ["card.md", "bundle.json", "*.npz"])
def test_a_bundle_whose_part_is_a_link_out_is_refused(tmp_path: Path, part: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(bundles_dir() / "ckplus-gru", folder)
    file = next(f for f in folder.iterdir() if f.match(part))
    hidden = tmp_path / "hidden"
    file.rename(hidden)
    file.symlink_to(hidden)
    with pytest.raises(BundleError, match=f"{file.name} is a link that leads out of the bundle"):
        load_bundle(folder)


def test_a_card_that_is_a_link_to_a_file_of_the_system_is_neither_shown_nor_packed(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(bundles_dir() / "ckplus-gru", folder)
    assert card_of(folder)
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to("/etc/passwd")
    assert "root:" not in card_of(folder)
    with zipfile.ZipFile(io.BytesIO(zipped(folder))) as archive:
        assert not [name for name in archive.namelist() if name.endswith("card.md")]
    (tmp_path / "linked").symlink_to(bundles_dir() / "ckplus-gru")
    assert load_bundle(tmp_path / "linked").name, "the bundle itself may lie behind a link"


def test_runs_and_recordings_that_lead_elsewhere_are_not_ours(own_home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    runs.RunFolder(other).finish()
    (runs.runs_dir() / "train-20260101-000000").symlink_to(other)
    assert runs.list_runs("train") == []
    assert runs.find_run("train-20260101-000000") is None
    own = runs.new_run_folder("train")
    runs.RunFolder(own).finish()
    (own / runs.LOG).symlink_to("/etc/passwd")
    assert "root:" not in runs.read_log(own) and "leads out" in runs.read_log(own)
    shelf = tmp_path / "shelf"
    (shelf / "planted").mkdir(parents=True)
    (shelf / "planted" / "recording.csv").symlink_to("/etc/passwd")
    (shelf / "planted" / "recording.json").write_text(json.dumps({"rows": 1}))
    assert recordings(shelf) == []


def test_a_folder_of_videos_is_no_door_either(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "own.mp4").write_bytes(b"film")
    (folder / "again.mp4").symlink_to("own.mp4")
    (tmp_path / "secret.mp4").write_bytes(b"film")
    (folder / "planted.mp4").symlink_to(tmp_path / "secret.mp4")
    found = find_videos([folder])
    assert [v.name for v in found.videos] == ["again.mp4", "own.mp4"] and "1 linked file" in found.passed_over
    assert len(find_videos([folder / "planted.mp4"]).videos) == 1, "named by hand"


def test_the_command_line_names_them(
    corpus: Path, secret: Path, capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    _clip(corpus, secret)
    assert main.main(["corpus", str(corpus), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [o["where"] for o in told["omissions"] if "leads out" in o["why"]] == ["anger/bob_1"]
