"""Whatever film or photo people bring: corpora, `predict` and `annotate` see the same, or say why not."""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from film_samples import TURNS, WRITTEN, film, noise, put_matrix
from image_bundle_samples import band_bundle
from PIL import Image
from pillow_heif import register_heif_opener
from samples import tiny_bundle
from video_samples import PaintedFaces

from fer_core.base.errors import MediaError
from fer_core.cli.main import main
from fer_core.datasets.base import Clip
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.media import iter_video, read_image
from fer_core.datasets.video import VideoReader
from fer_core.landmarks.cache import clip_key
from fer_core.landmarks.extract import DetectSettings, extract_tracks
from fer_core.live.media import predict_image, track_of_clip
from fer_core.live.predict import predict
from fer_core.live.prediction_words import notes
from fer_core.live.videos.queue import annotate_all, find_videos
from fer_core.live.videos.video import annotate
from fer_core.models.images.bundle import load_image_bundle

BUNDLE = tiny_bundle()


@pytest.fixture(scope="module")
def face(shared_data: Path) -> np.ndarray:
    """Six frames of a real face, uint8 (6, H, W, 3), even sides."""
    frames = [rgb for _, _, rgb in iter_video(shared_data / "fixtures" / "single_face.mp4")][:48:8]
    height, width = (side // 2 * 2 for side in frames[0].shape[:2])
    return np.stack(frames)[:, :height, :width]


@pytest.mark.parametrize("matrix", [m for m in TURNS if m != (1, 0, 0, 1)])
def test_a_turned_or_mirrored_film_gives_the_landmarks_of_the_upright_one(
    tmp_path: Path, face: np.ndarray, matrix: tuple[int, int, int, int]
) -> None:
    """Stored as the sensor lies and marked as a phone marks it: what is seen is the same."""
    a, b, c, d = matrix
    stored = np.stack([TURNS[a, c, b, d](frame) for frame in face])  # the inverse is the transposed
    plain = track_of_clip(Clip("p", "p", None, video=film(tmp_path / "plain.mp4", face, crf="12")))
    file = put_matrix(film(tmp_path / "turned.mp4", stored, crf="12"), *matrix)
    turned = track_of_clip(Clip("t", "t", None, video=file))
    assert turned.aspect == plain.aspect and turned.found.all()
    assert np.abs(turned.points - plain.points).max() < 0.02


def test_corpora_predict_and_annotate_agree_on_a_cut_film(tmp_path: Path) -> None:
    """A clip is judged as a whole and refused; what is read frame by frame is kept, and the break is said."""
    for suffix in ("mkv", "flv", "wmv", "mpg", "mp4", "avi"):
        folder = tmp_path / suffix / "anger"
        folder.mkdir(parents=True)
        whole = film(folder / f"a_whole.{suffix}", noise(24))
        data = whole.read_bytes()
        cut = folder / f"a_cut.{suffix}"
        cut.write_bytes(data[: len(data) // 3])
        corpus = open_corpus(tmp_path / suffix)
        assert [c.clip_id for c in corpus.clips] == ["anger/a_whole"]
        told = {o.where: o.why for o in corpus.omissions}
        assert told[f"anger/{cut.name}"] == "the video is cut off before its end"
        with pytest.raises(MediaError, match="cut off"):
            predict(BUNDLE, cut)
        if suffix != "mp4":  # its index is gone
            summary = annotate(BUNDLE, cut, tmp_path / "out", landmarker=PaintedFaces())
            assert summary["broke"] and summary["frames"] < 24


def test_a_break_that_only_decoding_finds_is_in_the_extractions_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path / "home"))
    folder = tmp_path / "corpus" / "anger"
    folder.mkdir(parents=True)
    data = film(tmp_path / "a.m2v", noise(24)).read_bytes()
    (folder / "a_1.m2v").write_bytes(data[: len(data) // 2])
    corpus = open_corpus(tmp_path / "corpus")
    assert len(corpus.clips) == 1, "its bytes say nothing of its length"
    tracks, failures = extract_tracks(corpus, corpus.clips, DetectSettings(), workers=1)
    assert tracks == {} and "breaks off" in failures["anger/a_1"]
    with pytest.raises(MediaError, match="breaks off"):
        predict(BUNDLE, folder / "a_1.m2v")


def test_a_film_whose_size_changes_keeps_its_face(tmp_path: Path, face: np.ndarray) -> None:
    small = np.ascontiguousarray(face[:, ::2, ::2][:, : face.shape[1] // 4 * 2, : face.shape[2] // 4 * 2])
    file = tmp_path / "both.ts"
    one, two = film(tmp_path / "a.ts", face, crf="12"), film(tmp_path / "b.ts", small, crf="12")
    file.write_bytes(one.read_bytes() + two.read_bytes())
    track = track_of_clip(Clip("c", "c", None, video=file))
    assert track.found.tolist() == [True] * 12
    assert np.abs(track.points[6:] - track.points[:6]).max() < 0.05


def test_damaged_frames_of_a_clip_are_said(tmp_path: Path, face: np.ndarray) -> None:
    file = film(tmp_path / "a.avi", np.concatenate([face] * 4))
    data = bytearray(file.read_bytes())
    at = data.index(b"00dc", len(data) // 2) + 40  # inside one compressed frame
    data[at : at + 60] = bytes(60)
    file.write_bytes(data)
    with VideoReader(file) as reader:
        frames = list(reader.frames())
        lost = sum(f.damaged for f in frames) + reader.unreadable
    assert lost and reader.broke == ""
    said = predict(BUNDLE, file)
    assert notes(BUNDLE, said)[0] == (
        f"{lost} of the video's {len(frames)} frames cannot be decoded and are passed over."
    )


def test_a_videos_landmarks_are_kept_apart_from_those_of_the_decoder_before(tmp_path: Path) -> None:
    """Image clips keep their cache; of videos the way of decoding is part of the key."""
    file = film(tmp_path / "a.mp4", noise(2))
    key = clip_key(Clip("c", "c", None, video=file), DetectSettings())
    assert key != clip_key(Clip("c", "c", None, frames=(file,)), DetectSettings())


# --- a folder of everything -------------------------------------------------------------------------------


def test_a_folder_of_films_of_every_kind_is_read_whole_and_the_rest_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = tmp_path / "films"
    (films / "deep").mkdir(parents=True)
    for suffix in WRITTEN:
        film(films / "deep" / f"{suffix}.{suffix.upper()}".replace(suffix.upper(), suffix), noise(3, 64, 48))
    shutil.move(films / "deep" / "flv.flv", films / "UPPER.FLV")
    for name in ("notes.txt", "more.txt", "me.jpg", "README", "._mp4.mp4", ".DS_Store"):
        (films / name).write_bytes(b"x")
    (films / "again").symlink_to(films)
    (films / "loop.mp4").symlink_to(films / "loop.mp4")
    found = find_videos([films])
    assert len(found.videos) == len(WRITTEN)
    assert found.passed_over == (
        "Passed over in the folders, as no videos by their names: 2 .txt, 1 .jpg, "
        "1 file without an ending, 1 linked file, 1 linked folder."
    )
    monkeypatch.setattr("fer_core.live.videos.queue.open_face_finder", PaintedFaces)
    result = annotate_all(BUNDLE, found.videos, tmp_path / "out", passed_over=found.passed_over)
    assert result["failed"] == [] and len(result["clips"]) == len(WRITTEN)
    stored = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert stored["passed_over"] == found.passed_over


def test_endings_that_no_terminal_should_see_are_counted_in_plain_letters(tmp_path: Path) -> None:
    for name in (b"a.\x1b[31mred", b"b.\xff\xfe", "c.\u202eabc".encode(), b"d." + b"x" * 200):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(b"x")
    film(tmp_path / "a.mkv", noise(2))
    said = find_videos([tmp_path]).passed_over
    assert said.isprintable() and len(said) < 160
    said.encode("utf-8")


def test_a_folder_without_a_film_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    with pytest.raises(MediaError, match=r"there is no video; passed over .*1 \.docx"):
        find_videos([tmp_path])
    with pytest.raises(MediaError, match="does not exist"):
        find_videos([""])


# --- photos -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["heic", "webp", "avif", "gif"])
def test_a_phones_photo_is_read_like_the_jpeg_it_was(tmp_path: Path, shared_data: Path, suffix: str) -> None:
    kind = {"heic": "HEIF"}.get(suffix, suffix.upper())
    register_heif_opener()
    jpeg = shared_data / "fixtures" / "single_face.jpg"
    turned, mark = Image.fromarray(np.ascontiguousarray(np.rot90(read_image(jpeg)))), Image.Exif()
    mark[0x0112] = 6
    how = {} if kind == "GIF" else {"quality": 95, "exif": mark.tobytes()}
    photo = turned if how else Image.fromarray(read_image(jpeg))
    photo.save(tmp_path / f"me.{suffix}", kind, **how)
    said, expected = predict(BUNDLE, tmp_path / f"me.{suffix}"), predict(BUNDLE, jpeg)
    assert said.faces == expected.faces and said.leading == expected.leading
    assert np.abs(said.points - expected.points).max() < 0.03
    assert said.remarks == ()


def test_of_an_animated_photo_it_is_said_that_the_first_picture_is_read(tmp_path: Path, shared_data: Path) -> None:
    image = read_image(shared_data / "fixtures" / "single_face.jpg")
    black = Image.new("RGB", image.shape[1::-1])
    Image.fromarray(image).save(tmp_path / "a.webp", save_all=True, append_images=[black], quality=95)
    said = predict(BUNDLE, tmp_path / "a.webp")
    assert said.leading == predict_image(BUNDLE, image).leading
    assert "only its first picture is read" in notes(BUNDLE, said)[0]
    bands = load_image_bundle(band_bundle(tmp_path / "bands"), arrays=False)
    assert "only its first picture is read" in notes(bands, predict(bands, tmp_path / "a.webp", as_is=True))[0]


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_not_the_current_folder(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MediaError, match="no file is named"):
        predict(BUNDLE, name)
    assert main(["predict", "saved_models/ckplus-gru", name]) != 0
    assert "no file is named" in capsys.readouterr().err


def test_an_upload_in_memory_is_read_like_a_file(shared_data: Path) -> None:
    from fer_core.datasets.pictures import decode_photo

    photo = shared_data / "fixtures" / "single_face.jpg"
    out = io.BytesIO()
    Image.open(photo).save(out, "WEBP", lossless=True)
    assert np.abs(decode_photo(out.getvalue(), "x")[0].astype(int) - read_image(photo)).max() <= 3


def test_of_a_folder_of_frames_the_damaged_ones_are_named(tmp_path: Path, face: np.ndarray) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for k, frame in enumerate(face, start=1):
        Image.fromarray(frame).save(frames / f"{k}.png")
    (frames / "3.png").write_bytes(b"")
    (frames / "notes.txt").write_text("x")
    for bundle in (BUNDLE, load_image_bundle(band_bundle(tmp_path / "bands"), arrays=False)):
        assert notes(bundle, predict(bundle, frames))[0] == (
            "Left out of the folder: notes.txt: not among the images of a clip, 3.png (the file is empty (0 bytes))."
        )
