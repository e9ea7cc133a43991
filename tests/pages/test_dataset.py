"""Dataset: sources, preview, imbalance by one's own thresholds, misses."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.base import paths
from fer_core.base.emotions import FERPLUS_COLUMNS
from fer_core.datasets.base import Omission
from fer_core.datasets.copies import copy_runs
from fer_core.files import last_corpus, opened
from fer_core.models.images.registry import REGISTRY
from fer_core.study.image_presets import preset_for
from ui.common import state
from ui.dataset import image_words, omissions

from .conftest import Open, button, read, table, text


def metrics(app: object) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}  # type: ignore[attr-defined]


def test_the_demo_corpus_says_what_it_is_and_what_is_rare(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert metrics(app)["Labelled clips"] == "327"
    assert "Synthetic" in text(app)
    # 284 others of the six / 25 clips of fear
    assert "The rarest emotion is fear: 11.4 clips of other emotions for each of its own" in text(app)
    assert metrics(app)["Emotions"] == "7", "the preview tells of the whole corpus"


def test_contempt_is_left_out_aloud_and_can_be_taken_in(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    said = text(app)
    assert "327 labelled clips of 118 subjects. The rarest emotion is fear" in said
    assert "Contempt (18 clips) is left out: not among the study's six. 309 of 327 clips are used." in said
    assert "With it told apart too, contempt and fear would get focal loss, and happiness weighted" in said
    app.segmented_control(key="emotions").set_value("all").run()
    said = text(app)
    # 309 others / 18 clips of contempt
    assert "The rarest emotion is contempt: 17.2" in said and "Focal loss: contempt and fear." in said
    assert "left out" not in said
    assert "Train and Launch begin with the study's six" in said
    assert "Without contempt (18 clips) fear would get weighted binary cross-entropy, and happiness" in said


@pytest.mark.parametrize("page", ["train", "launch", "sensitivity"])
def test_pages_that_train_say_the_same_of_the_same_corpus(open_page: Open, page: str) -> None:
    dataset = text(open_page("dataset", corpus="demo"))
    there = text(open_page(page, corpus="demo"))
    told = next(line for line in dataset.splitlines() if "Contempt (18 clips) is left out" in line)
    assert told in there.splitlines()


def test_train_and_dataset_give_each_emotion_the_same_loss(
    open_page: Open, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_DATA", str(shared_data))
    # 248 others / 21 clips of fear: 11.81, above the severe threshold
    assert "Focal loss: fear." in text(open_page("dataset", corpus="ckplus_pairs"))
    train = table(open_page("train", corpus="ckplus_pairs"), "loss").set_index("emotion")
    assert [e for e, loss in train["loss"].items() if "focal" in loss] == ["fear"]
    assert "left out" not in text(open_page("train", corpus="ckplus_pairs"))


def test_thresholds_decide_the_loss(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert "Weighted binary cross-entropy: anger, disgust, fear and sadness." in text(app)
    assert "Plain binary cross-entropy: happiness and surprise." in text(app)
    app.slider(key="thresholds").set_value((20.0, 25.0)).run()
    assert "Every emotion gets plain binary cross-entropy." in text(app)


def test_nothing_heavy_starts_by_itself(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert "No landmarks yet" in text(app)
    button(app, "Draw the landmarks").click().run()
    assert "A face was missed in" in text(app)
    assert "No landmarks yet" not in text(app)


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An opened data folder with one plain corpus, one of its files no image."""
    root = tmp_path / "data"
    for number, emotion in enumerate(["anger", "fear", "fear"]):
        clip = root / "my clips_é" / emotion / f"anna_{number}"
        clip.mkdir(parents=True)
        (clip / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    (root / "my clips_é" / "anger" / "anna_0" / "2.png").write_bytes(b"")
    monkeypatch.setenv("FER_LAB_DATA", str(root))
    return root


def test_a_folder_is_previewed_before_it_is_used(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert str(data_folder) in read(app), "it says where a corpus belongs"
    assert metrics(app) | {"Labelled clips": "3", "Left out": "1"} == metrics(app)
    assert "no corpus yet" in text(app)
    button(app, "Use this corpus").click().run()
    assert not app.exception
    assert app.query_params["corpus"] == ["my clips_é"]
    assert "3 labelled clips of 1 subject" in text(app)


@pytest.mark.parametrize("typed", ["/etc", "../secret", "nowhere", "a\0b", "~", "/", "/proc/self", "/nowhere"])
def test_a_path_outside_is_refused_in_one_sentence(open_page: Open, data_folder: Path, typed: str) -> None:
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    app.text_input(key="source_path").set_value(typed).run()
    assert len(app.error) == 1
    assert not app.exception and "Open this folder for FER Lab" not in [b.label for b in app.button]


def test_an_emotion_that_does_not_occur_is_no_accident(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "only" / "contempt" / "ben_1"
    clip.mkdir(parents=True)
    (clip / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 64)
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset", corpus="only")
    assert "Only one emotion occurs" in text(app)
    assert "no clip of anger, disgust, fear, happiness, sadness or surprise" in text(app)
    assert not app.error and not app.exception


# --- corpora of images --------------------------------------------------------------------------------


def images_of(n: int, side: int = 12) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, side, side), dtype=np.uint8)


@pytest.fixture
def image_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an .npz that has parts, votes and copies, and a folder of images, one no image."""
    root = tmp_path / "data"
    root.mkdir()
    label = np.array([0] * 30 + [1] * 2 + [0, 1])
    votes = np.zeros((34, len(FERPLUS_COLUMNS)), dtype=np.int64)
    votes[np.arange(34), [FERPLUS_COLUMNS.index(("anger", "fear")[k]) for k in label]] = 10
    images = images_of(34)
    images[32] = images[0]
    np.savez(
        root / "small.npz",
        images=images,
        label=label,
        label_names=np.array(["angry", "fear"]),
        usage=np.array(["Training"] * 32 + ["PublicTest"] * 2),
        ferplus_votes=votes,
        ferplus_columns=np.array(FERPLUS_COLUMNS),
    )
    for k, emotion in enumerate(["happy", "happy", "sad"]):
        (root / "faces" / emotion).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / "faces" / emotion / f"{k}.png"), images_of(k + 1)[0])
    (root / "faces" / "sad" / "broken.png").write_bytes(b"no image")
    monkeypatch.setenv("FER_LAB_DATA", str(root))
    return root


def test_a_file_of_images_is_previewed_used_and_named(open_page: Open, image_data: Path) -> None:
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert "small.npz (images)" in app.selectbox(key="source_folder").options
    app.selectbox(key="source_folder").set_value("small.npz").run()
    assert metrics(app) | {"Labelled images": "34", "Emotions": "2", "Pixels": "12 × 12"} == metrics(app)
    button(app, "Use this corpus").click().run()
    assert not app.exception and app.query_params["corpus"] == ["small.npz"]
    assert "small.npz (images)" in text(app), "the sidebar's foot"
    assert "34 labelled images: 32 in train and 2 in validation" in read(app)


def test_imbalance_and_weights_are_the_training_parts(open_page: Open, image_data: Path) -> None:
    app = open_page("dataset", corpus="small.npz")
    # 30 of anger and 2 of fear in train; weights 15, 3 and by the effective number.
    assert "In train, anger is 15.0 times as frequent as fear (30 and 2 images)." in read(app)
    assert "costs 15 times one on anger with simple weights, 3 times with conservative" in read(app)
    weights = table(app, "effective").set_index("emotion")
    assert weights.loc["fear", "simple"] == 15 and weights.loc["fear", "conservative"] == 3
    app.segmented_control(key="counted").set_value("validation").run()
    assert "In validation, all emotions are equally frequent." in read(app)
    assert "No strategy weighs one emotion more than another" in read(app)


def test_images_are_told_of_the_class_weights_their_models_have(open_page: Open, image_data: Path) -> None:
    said = read(open_page("dataset", corpus="small.npz"))
    shown = said.replace(image_words.COMPUTED.strip(), "")
    for claim in ("Focal loss:", "binary cross-entropy", "one-vs-all", "rarest"):
        assert claim not in shown, "no image model has a loss by its imbalance ratio"
    ways = {name: preset_for(name).balancing for name, s in REGISTRY.items() if s.kind == "network"}
    capped = sum(way == "conservative" for way in ways.values())
    assert f"Of {len(ways)} networks, trained as their own studies do," in said
    assert f"{capped} have weights capped at 3 (Ipinze Tutuianu et al. (2024))" in said
    assert "2 have effective-number weights and the poly-focal loss (FastCNN-SE and ConvFormer)" in said
    assert f"{len(REGISTRY) - len(ways)} classical models take no class weights" in said


def test_votes_are_told_where_there_are_any(open_page: Open, image_data: Path) -> None:
    assert "All voters agree on 100% of the images called" in read(open_page("dataset", corpus="small.npz"))
    assert "How sure the voters were" not in read(open_page("dataset", corpus="faces"))


def test_a_folder_of_images_says_which_cannot_be_read(open_page: Open, image_data: Path) -> None:
    app = open_page("dataset", corpus="faces")
    assert "4 labelled images, without an official split" in read(app)
    assert "sad/broken.png" in read(app), "seen while samples were drawn"
    app.number_input(key="sample_seed").set_value(3).run()
    assert not app.exception and not app.error


def test_copies_are_looked_for_in_a_run_and_shown(open_page: Open, image_data: Path) -> None:
    app = open_page("dataset", corpus="small.npz")
    button(app, "Look for copies").click().run()
    folder = copy_runs.newest(image_data / "small.npz")
    assert folder is not None and not app.exception
    end = time.monotonic() + 120
    while runs.read_status(folder).active and time.monotonic() < end:
        time.sleep(0.1)
    app.run()
    assert not app.exception and not app.error
    assert "1 of validation's 2 images (50.0%) are in train as well" in read(app)
    assert "measured at up to 82.5% on validation: +17.5 points" in read(app)
    assert "None: all 34 images could be read" in read(app)
    assert table(app, "nearly equal").set_index("where").loc["validation, seen in train", "equal"] == 1


def test_a_search_that_failed_can_be_begun_again(open_page: Open, image_data: Path) -> None:
    folder = runs.new_run_folder(copy_runs.PREFIX)
    (folder / copy_runs.ORDER).write_text(json.dumps({"path": str(image_data / "faces")}))
    (folder / runs.STATUS).write_text(json.dumps({"state": "cancelled"}))
    app = open_page("dataset", corpus="faces")
    assert "Stopped on request" in read(app) and "Landmarks" not in "".join(i.value for i in app.info)
    button(app, "Close").click().run()
    assert not app.exception
    button(app, "Look for copies")


@pytest.mark.parametrize("page", ["landmarks", "train", "launch", "sensitivity", "leak_lab"])
def test_pages_about_clips_say_what_to_do_with_images_in_use(open_page: Open, image_data: Path, page: str) -> None:
    app = open_page(page, corpus="small.npz")
    assert "The corpus in use holds images" in read(app) and "corpus of clips" in read(app)
    assert not app.error
    button(app, "Use the demo corpus").click().run()
    assert not app.exception and "holds images" not in read(app)


def test_home_knows_that_the_corpus_holds_images(open_page: Open, image_data: Path) -> None:
    assert "34 single images, and no clip" in read(open_page("home", corpus="small.npz"))


def test_a_corpus_of_one_class_is_no_accident(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "calm.npz", images=images_of(3), emotion=np.array(["neutral"] * 3))
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset", corpus="calm.npz")
    assert "Only one emotion occurs" in read(app) and not app.error and not app.exception


def test_a_damaged_file_is_one_sentence(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK not really")
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset", corpus="bad.npz")
    assert len(app.error) == 1 and not app.exception


def test_fer2013_itself(open_page: Open, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (shared_data / "fer2013_train_public.npz").is_file():
        pytest.skip("FER2013 is not on this machine")
    monkeypatch.setenv("FER_LAB_DATA", str(shared_data))
    app = open_page("dataset", corpus="fer2013_train_public.npz")
    said = read(app)
    assert "32,298 labelled images: 28,709 in train and 3,589 in validation" in said
    # 436 of Training's 28,709 images show disgust, and 7,215 happiness.
    assert "In train, happiness is 16.5 times as frequent as disgust (7,215 and 436 images)" in said
    assert "costs 16.5 times" in said
    assert "How sure the voters were" in said and not app.error


def upload(app: AppTest, *files: tuple[str, bytes, str]) -> None:
    """Choose files in the upload's box."""
    app.segmented_control(key="source_kind").set_value("Upload").run()
    app.file_uploader(key="source_files").set_value(list(files)).run()
    assert not app.exception, app.exception


def encoded(suffix: str) -> bytes:
    return cv2.imencode(suffix, np.full((24, 24, 3), 120, np.uint8))[1].tobytes()


def test_a_table_is_uploaded_looked_at_and_used(
    open_page: Open, shared_data: Path, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset")
    file = shared_data / "fer2013_excerpt.csv"
    upload(app, (file.name, file.read_bytes(), "text/csv"))
    button(app, "Store and look").click().run()
    assert not app.error and metrics(app)["Labelled images"] == "210"
    button(app, "Use this corpus").click().run()
    assert not app.exception and "210 labelled images" in read(app)
    (stored,) = (own_home / "uploads").iterdir()
    assert stored.name.startswith("fer2013_excerpt-") and stored.suffix == ".csv"


def test_loose_pictures_become_a_corpus_once_their_emotions_are_said(
    open_page: Open, own_home: Path, data_folder: Path
) -> None:
    app = open_page("dataset")
    picture = encoded(".png")
    upload(app, ("anna_happy.png", picture, ""), ("anna_angry.PNG", picture, ""), ("x.txt", b"x", ""))
    said = read(app)
    assert "500 MB a file" in said and "50,000 files" in said, "limits are said beforehand"
    assert "1 thing cannot be used" in said and ".txt is neither a picture, a video" in said
    assert "the emotion is known of 2, by names" in said
    button(app, "Make a corpus of 2 files").click().run()
    assert not app.exception and not app.error
    assert metrics(app)["Labelled images"] == "2"
    button(app, "Use this corpus").click().run()
    assert not app.exception and "2 labelled images" in read(app)
    (stored,) = (own_home / "uploads").iterdir()
    assert sorted(p.relative_to(stored).as_posix() for p in stored.rglob("*.*")) == [
        "anger/anna_angry.PNG",
        "happiness/anna_happy.png",
    ]


def test_what_nobody_said_is_named_and_left_out(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    upload(app, ("IMG_1.png", encoded(".png"), ""), ("IMG_2.png", encoded(".png"), ""))
    assert "the emotion is known of 0, by names" in read(app) and "No emotion is said yet" in read(app)
    assert button(app, "Make a corpus").disabled


def test_a_single_picture_can_be_read_in_place_of_learnt_from(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    upload(app, ("me.png", encoded(".png"), ""))
    assert [r.label for r in app.radio] == ["What do you want to do with it?"]
    button(app, "Open it on Live").click().run()
    assert not app.exception
    assert "me.png, from the Dataset page" in read(app)
    button(app, "Put away").click().run()
    assert not app.exception and "from the Dataset page" not in read(app)


def test_a_single_video_goes_to_videos(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    upload(app, ("me.mp4", b"\0" * 100, ""))
    button(app, "Open it on Videos").click().run()
    assert not app.exception and "me.mp4, from the Dataset page" in read(app)
    assert button(app, "Read 1 video")


# --- folders outside ------------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path, data_folder: Path) -> Path:
    """A corpus that lies outside the data folders."""
    moved = tmp_path / "elsewhere"
    (data_folder / "my clips_é").rename(moved)
    return moved


def typed(app: AppTest, path: Path | str) -> None:
    app.segmented_control(key="source_kind").set_value("Folder").run()
    app.text_input(key="source_path").set_value(str(path)).run()
    assert not app.exception


def test_a_folder_outside_is_opened_with_a_button_used_and_closed(
    open_page: Open, outside: Path, own_home: Path
) -> None:
    app = open_page("dataset")
    typed(app, outside)
    assert "is not open to FER Lab yet" in read(app) and "until you close it" in read(app)
    assert "Labelled clips" not in metrics(app), "nothing of it is read before"
    button(app, "Open this folder for FER Lab").click().run()
    assert not app.error and metrics(app)["Labelled clips"] == "3"
    button(app, "Use this corpus").click().run()
    assert app.query_params["corpus"] == [str(outside)] and "3 labelled clips" in read(app)
    again = open_page("dataset", corpus=str(outside), picker="open")
    assert "3 labelled clips" in read(again), "a bookmark in another session"
    button(again, "Close").click().run()
    assert not again.exception and "is not open to FER Lab, or no longer" in read(again)
    app.run()  # the first tab, in which it was in use
    assert not app.exception and "is not open to FER Lab, or no longer" in read(app)
    button(app, "Open this folder for FER Lab").click().run()
    assert not app.exception and "3 labelled clips" in read(app)


def test_a_server_that_others_reach_opens_nothing(
    open_page: Open, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "local", lambda: False)
    app = open_page("dataset")
    typed(app, outside)
    assert "Open this folder for FER Lab" not in [b.label for b in app.button]
    assert "reached from other machines" in read(app) and "FER_LAB_DATA" in read(app)


def test_a_damaged_list_of_folders_is_one_sentence_and_can_be_begun_anew(
    open_page: Open, outside: Path, own_home: Path
) -> None:
    (own_home / "opened_folders.json").write_text("[]")
    app = open_page("dataset")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert not app.exception and len(app.error) == 1 and "none of them is open" in read(app)
    button(app, "Begin a new list").click().run()
    assert not app.exception and not app.error
    typed(app, outside)
    button(app, "Open this folder for FER Lab").click().run()
    assert not app.error and metrics(app)["Labelled clips"] == "3"


def test_an_opened_folder_that_is_gone_is_said(open_page: Open, outside: Path, own_home: Path) -> None:
    opened.open_folder(own_home, outside)
    app = open_page("dataset", corpus=str(outside))
    shutil.rmtree(outside)
    app.run()
    assert not app.exception and len(app.error) == 1 and "no such folder" in read(app)
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert not app.exception and "not there now" in read(app)
    button(app, "Close").click().run()
    assert not app.exception and opened.opened_folders(own_home) == ()


@pytest.mark.parametrize("page", ["home", "landmarks", "train", "benchmark", "results"])
def test_other_pages_live_with_a_corpus_that_is_no_longer_open(open_page: Open, outside: Path, page: str) -> None:
    app = open_page(page, corpus=str(outside))
    assert not app.exception and len(app.error) <= 1


# --- in use ------------------------------------------------------------------------------------------------


def test_a_new_tab_begins_with_the_last_corpus_and_a_bookmark_names_its_own(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset")
    button(app, "Use this corpus").click().run()
    new = open_page("dataset")
    assert metrics(new)["Labelled clips"] == "327" and new.query_params["corpus"] == ["demo"]
    assert "demo (synthetic), as last time" in read(new)
    marked = open_page("dataset", corpus="my clips_é")
    assert metrics(marked)["Labelled clips"] == "3" and "as last time" not in read(marked)


def test_a_last_corpus_that_is_gone_is_said_and_another_can_be_chosen(open_page: Open, data_folder: Path) -> None:
    app = open_page("dataset", corpus="my clips_é", picker="open")
    app.segmented_control(key="source_kind").set_value("Demo").run()
    typed(app, "my clips_é")
    last_corpus.keep_last(paths.home(), "my clips_é")
    shutil.rmtree(data_folder / "my clips_é")
    new = open_page("dataset")
    assert "The corpus in use last, my clips_é, is gone" in read(new) and "no corpus yet" in read(new)
    assert button(new, "Use this corpus")


def test_the_picker_opens_directly_and_closes(open_page: Open) -> None:
    app = open_page("dataset", corpus="demo")
    assert "source_kind" not in [s.key for s in app.segmented_control]
    button(app, "Change the corpus").click().run()
    assert "source_kind" in [s.key for s in app.segmented_control]
    button(app, "Keep this one").click().run()
    assert "source_kind" not in [s.key for s in app.segmented_control]
    linked = open_page("dataset", corpus="demo", picker="open")
    assert "source_kind" in [s.key for s in linked.segmented_control]


# --- what names say, and parts of a corpus ----------------------------------------------------------


@pytest.fixture
def coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a corpus of a layout that nobody knows: pictures in one folder, codes in names."""
    folder = tmp_path / "data" / "lab_faces"
    folder.mkdir(parents=True)
    for who in ("p01", "p02"):
        for code in ("AN", "HA", "X7"):
            cv2.imwrite(str(folder / f"sess-{who}-{code}-up.png"), images_of(4)[0])
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "data"))
    return folder


def test_a_folder_that_no_reader_knows_opens_by_what_its_user_says(open_page: Open, coded: Path) -> None:
    app = open_page("dataset")
    typed(app, "lab_faces")
    assert len(app.error) == 1 and "Say what its names mean" in read(app), [e.value for e in app.error]
    assert "Use this corpus" not in [b.label for b in app.button if not b.disabled]
    field = next(t for t in app.text_input if t.label == "Pattern of the names")
    field.set_value("sess-{subject}-{emotion}-{view}").run()
    seen = table(app, "why it cannot be used").set_index("file")
    assert seen.loc["sess-p01-AN-up.png", ["subject", "emotion", "view"]].tolist() == ["p01", "anger", "up"]
    assert "'X7' is no emotion" in seen.loc["sess-p02-X7-up.png", "why it cannot be used"]
    codes = next(t for t in app.text_input if t.label == "The corpus's own words for emotions")
    codes.set_value("X7=fear").run()
    assert table(app, "view").set_index("file").loc["sess-p01-X7-up.png", "emotion"] == "fear"
    button(app, "Use this corpus").click().run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    said = read(app)
    assert "Opened as kept for this folder: the pattern sess-{subject}-{emotion}-{view}" in said
    assert app.query_params["corpus"] == ["lab_faces"]
    again = open_page("dataset", corpus="lab_faces")
    assert "6 labelled" in read(again) and "2 subjects" in read(again), "remembered for the folder"
    button(again, "Forget what was said").click().run()
    assert not again.exception and "holds" in read(again) and len(again.error) == 1


def test_a_pattern_that_is_none_is_one_sentence(open_page: Open, coded: Path) -> None:
    app = open_page("dataset")
    typed(app, "lab_faces")
    next(t for t in app.text_input if t.label == "Pattern of the names").set_value("{subject}{emotion}").run()
    assert not app.exception and "where {subject} ends" in read(app)


def test_names_that_say_too_little_take_a_list_of_subjects(open_page: Open, data_folder: Path) -> None:
    for n, emotion in enumerate(["anger", "fear", "fear"]):
        clip = data_folder / "phone" / emotion / f"IMG_{n}"
        clip.mkdir(parents=True)
        (clip / "1.png").write_bytes(encoded(".png"))
    app = open_page("dataset", corpus="phone")
    assert metrics(app)["People"] == "unknown" and "cannot keep people apart" in read(app)
    assert "3 labelled clips of people who are not known" in read(app)
    assert set(table(app, "subject")["subject"]) == {"unknown"}
    box = next(u for u in app.file_uploader if u.label.startswith("subjects.csv"))
    box.set_value(("subjects.csv", b"clip,subject\nIMG_0,Anna\nIMG_1,Anna\nIMG_2,Ben\n", "text/csv")).run()
    button(app, "Read the names so").click().run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    assert metrics(app)["People"] == "2" and "the list subjects.csv" in read(app)


@pytest.fixture
def kdef(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small corpus with three views."""
    for who in ("AF01", "BM02"):
        for code in ("AN", "HA"):
            for view in ("S", "HL", "FR"):
                (tmp_path / "data" / "kdef" / who).mkdir(parents=True, exist_ok=True)
                file = tmp_path / "data" / "kdef" / who / f"{who}{code}{view}.JPG"
                cv2.imwrite(str(file), images_of(4)[0])
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "kdef"


def test_a_part_of_a_corpus_is_chosen_kept_in_the_address_and_named(open_page: Open, kdef: Path) -> None:
    app = open_page("dataset", corpus="kdef")
    assert metrics(app)["Labelled images"] == "12"
    assert "view: full right 4, half left 4, straight 4" in read(app)
    box = next(m for m in app.multiselect if m.label == "View")
    assert box.options == ["full right (4)", "half left (4)", "straight (4)"]
    box.set_value(["straight"]).run()
    assert not app.exception and not app.error
    assert metrics(app)["Labelled images"] == "4" and metrics(app)["Left out"] == "8"
    (line,) = app.query_params["corpus"]
    assert line == "kdef?view=straight"
    marked = open_page("dataset", corpus=line)
    assert metrics(marked)["Labelled images"] == "4" and "kdef, view straight" in read(marked)
    assert metrics(open_page("dataset"))["Labelled images"] == "4", "as last time"
    button(marked, "Use all 12 items").click().run()
    assert metrics(marked)["Labelled images"] == "12" and marked.query_params["corpus"] == ["kdef"]


def test_what_numbers_mean_is_asked_never_guessed(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        (tmp_path / "copy" / str(number)).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "copy" / str(number) / "a.png"), images_of(4)[0])
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    app = open_page("dataset")
    typed(app, "copy")
    assert "what do they mean?" in read(app) and not app.error
    assert "Use this corpus" not in [b.label for b in app.button]
    next(b for b in app.selectbox if b.label == "What the numbers mean").set_value("affectnet").run()
    button(app, "Use this corpus").click().run()
    assert not app.exception and not app.error and metrics(app)["Labelled images"] == "8"
    assert app.query_params["corpus"] == ["copy?codes=affectnet"]
    again = open_page("dataset", corpus="copy?codes=alphabetical")
    assert "lphabetical" in read(again) and metrics(again)["Labelled images"] == "8"


def test_a_bookmark_to_a_value_that_is_gone_is_one_sentence(open_page: Open, kdef: Path) -> None:
    app = open_page("dataset", corpus="kdef?view=nowhere")
    assert not app.exception and len(app.error) == 1 and "view is called 'nowhere'" in read(app)
    assert app.segmented_control(key="source_kind").value == "Folder"


def test_what_was_passed_over_is_said_in_plain_words() -> None:
    assert omissions.passed_over_words(((".txt", 3), ("", 1))) == (
        "Passed over, as neither pictures nor videos: 3 .txt and 1 without an ending."
    )
    assert omissions.passed_over_words(()) == ""
    assert "4 others" in omissions.passed_over_words([(f".{n}", 1) for n in range(12)])
    kept = Omission("a", "kept, but its subject is unknown", count=5)
    assert omissions.left_out([kept, Omission("b", "cut off", count=2)]) == 2
