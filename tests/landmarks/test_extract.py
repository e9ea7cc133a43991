"""From clips to a landmark set: nothing lost in silence, nothing done twice."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from samples import demo_part

from fer_core.base.errors import Cancelled, LandmarkError, SettingError
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.media import read_image
from fer_core.landmarks import extract as module
from fer_core.landmarks.detector import TASK_FILE_VARIABLE
from fer_core.landmarks.extract import (
    DetectSettings,
    ExtractSettings,
    cached_set,
    default_settings,
    extract,
    extract_tracks,
    track_of,
)
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.sampling import SamplingRule


def part_of(corpus: Corpus, n: int) -> Corpus:
    """The corpus's shortest clips."""
    shortest = sorted(corpus.clips, key=lambda c: (len(c.frames), c.clip_id))[:n]
    return replace(corpus, clips=tuple(shortest))


@pytest.fixture
def pairs(shared_data: Path) -> Corpus:
    return part_of(open_corpus(shared_data / "ckplus_pairs"), 6)


def of_files(root: Path, **files: Path | tuple[Path, ...]) -> Corpus:
    """A corpus of one video, or one row of images, per keyword."""
    clips = []
    for name, media in files.items():
        frames = media if isinstance(media, tuple) else ()
        video = None if isinstance(media, tuple) else media
        clips.append(Clip(f"anger/{name}", name, "anger", frames, tuple(range(1, len(frames) + 1)), video=video))
    return Corpus("mine", "folder", root, tuple(clips))


class CountingDetector:
    """Stands in for `read_track`, and counts the clips that are really looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[str] = []
        real = module.read_track

        def counting(clip: Clip, landmarker: object) -> object:
            self.seen.append(clip.clip_id)
            return real(clip, landmarker)  # type: ignore[arg-type]

        monkeypatch.setattr(module, "read_track", counting)


# --- real clips -----------------------------------------------------------------------------------


def test_whole_sequences_are_sampled_by_the_equations(shared_data: Path) -> None:
    corpus = part_of(open_corpus(shared_data / "ckplus_sample"), 3)
    landmarks = extract(corpus, workers=1)
    assert len(landmarks) == 3
    assert landmarks.rejected == ()
    assert landmarks.has_neutral.all()
    for row, clip in enumerate(corpus.clips):
        n = len(clip.frames)
        k = n // 10
        expected = [n - (10 - h) * k for h in range(1, 11)] if k else np.linspace(1, n, 10)
        np.testing.assert_allclose(landmarks.frame_numbers[row], expected, rtol=1e-6)
        if k:
            assert (landmarks.status[row] == FrameStatus.OBSERVED).all()
        assert landmarks.aspect[row] == pytest.approx(640 / 490)
        assert landmarks.emotion[row] == clip.emotion
        assert landmarks.subject[row] == clip.subject == landmarks.clip[row].split("/")[0]
    assert landmarks.points[..., 0].max() < 640 / 490
    assert landmarks.points.min() > 0


def test_pairs_are_interpolated_and_say_so(pairs: Corpus) -> None:
    landmarks = extract(pairs, workers=1)
    observed, between = FrameStatus.OBSERVED, FrameStatus.INTERPOLATED
    assert all(row.tolist() == [observed] + [between] * 8 + [observed] for row in landmarks.status)
    first, last = landmarks.points[:, :1], landmarks.points[:, -1:]
    share = np.linspace(0, 1, 10)[None, :, None, None]
    np.testing.assert_allclose(landmarks.points, first + share * (last - first), atol=1e-5)
    np.testing.assert_array_equal(landmarks.neutral, landmarks.points[:, 0])


def test_to_the_letter_pairs_show_no_motion_at_all(pairs: Corpus) -> None:
    landmarks = extract(pairs, ExtractSettings(rule=SamplingRule.PAPER), workers=1)
    np.testing.assert_array_equal(landmarks.points, np.repeat(landmarks.points[:, -1:], 10, axis=1))


def test_a_clip_without_a_face_is_rejected_with_its_reason(shared_data: Path, tmp_path: Path) -> None:
    fixtures = shared_data / "fixtures"
    corpus = of_files(tmp_path, good=fixtures / "single_face.mp4", empty=fixtures / "no_face.mp4")
    landmarks = extract(corpus, workers=1)
    assert landmarks.clip.tolist() == ["anger/good"]
    (rejected,) = landmarks.rejected
    assert rejected.clip == "anger/empty"
    # 0.2 is a low threshold: a pattern passes for a face in a frame or two
    assert re.fullmatch(r"(no face was found in any|a face was found in [12] of 95) frames?.*", rejected.why)


@pytest.mark.slow
def test_frames_without_a_face_are_marked_and_too_many_reject_the_clip(shared_data: Path, tmp_path: Path) -> None:
    corpus = of_files(tmp_path, half=shared_data / "fixtures" / "face_noface.mov")
    track = track_of(corpus, corpus.clips[0])
    assert 0.05 < track.share_found < 0.95
    assert np.isnan(track.points[~track.found]).all()
    assert np.isfinite(track.points[track.found]).all()
    assert (track.faces[~track.found] == 0).all()

    share = track.share_found
    kept = extract(corpus, ExtractSettings(min_found=share - 0.01, rule=SamplingRule.EVEN), workers=1)
    assert np.isfinite(kept.points).all()
    nearest = np.round(kept.frame_numbers[0]).astype(int) - 1
    on_frame = np.abs(kept.frame_numbers[0] - nearest - 1) < 1e-6
    missed = kept.status[0] == FrameStatus.MISSED
    np.testing.assert_array_equal(missed[on_frame], ~track.found[nearest[on_frame]])

    with pytest.raises(LandmarkError, match=rf"in {track.found.sum()} of {len(track.found)} frames"):
        extract(corpus, ExtractSettings(min_found=share + 0.01), workers=1)


def test_several_faces_are_counted_and_the_largest_is_taken(shared_data: Path, tmp_path: Path) -> None:
    photo = shared_data / "fixtures" / "multi_face.jpg"
    corpus = of_files(tmp_path, crowd=(photo, photo))
    track = track_of(corpus, corpus.clips[0])
    assert track.faces.min() >= 2


def test_names_with_spaces_and_umlauts_and_mixed_sizes(shared_data: Path, tmp_path: Path) -> None:
    image = read_image(shared_data / "fixtures" / "single_face.jpg")[..., ::-1]
    frames = []
    for n, scale in enumerate((1.0, 0.5, 0.75), start=1):
        file = tmp_path / f"schöne Frau {n}.png"
        resized = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        file.write_bytes(cv2.imencode(".png", resized)[1].tobytes())
        frames.append(file)
    landmarks = extract(of_files(tmp_path, été=tuple(frames)), workers=1)
    # in image heights the same picture has the same landmarks at any size
    np.testing.assert_allclose(landmarks.points[0, 0], landmarks.points[0, -1], atol=0.02)


# --- damage ---------------------------------------------------------------------------------------


def damaged_corpus(shared_data: Path, tmp_path: Path) -> Corpus:
    fixtures = shared_data / "fixtures"
    hollow = tmp_path / "hollow.mp4"
    content = bytearray((fixtures / "single_face.mp4").read_bytes())
    content[400:-400] = bytes(len(content) - 800)
    hollow.write_bytes(content)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    gone = tmp_path / "gone.png"
    photo = fixtures / "single_face.jpg"
    return of_files(
        tmp_path,
        good=fixtures / "single_face.mp4",
        hollow=hollow,
        text=(text, text),
        gone=(gone,),
        partly=(text, photo, photo),
    )


def test_damaged_and_vanished_files_cost_only_their_own_clips(shared_data: Path, tmp_path: Path) -> None:
    corpus = damaged_corpus(shared_data, tmp_path)
    landmarks = extract(corpus, workers=1)
    assert set(landmarks.clip) == {"anger/good", "anger/partly"}
    why = {r.clip: r.why for r in landmarks.rejected}
    assert set(why) == {"anger/hollow", "anger/text", "anger/gone"}
    for reason in why.values():
        assert reason
        assert "\n" not in reason
        assert "Traceback" not in reason
    assert "gone.png" in why["anger/gone"]


def test_an_extraction_with_damaged_clips_counts_as_finished(shared_data: Path, tmp_path: Path) -> None:
    corpus = damaged_corpus(shared_data, tmp_path)
    assert cached_set(corpus) is None
    done = extract(corpus, workers=1)
    again = cached_set(corpus)
    assert again is not None
    np.testing.assert_array_equal(again.points, done.points)
    assert {r.clip: r.why for r in again.rejected} == {r.clip: r.why for r in done.rejected}


def test_an_unexpected_error_in_one_clip_spares_the_others(pairs: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.read_track

    def failing(clip: Clip, landmarker: object) -> object:
        if clip.clip_id == pairs.clips[2].clip_id:
            raise RuntimeError("graph trouble")
        return real(clip, landmarker)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read_track", failing)
    tracks, failures = extract_tracks(pairs, pairs.clips, DetectSettings(), workers=1)
    assert len(tracks) == 5
    assert "graph trouble" in failures[pairs.clips[2].clip_id]


def test_no_usable_clip_is_one_sentence_with_the_first_reason(shared_data: Path, tmp_path: Path) -> None:
    photo = shared_data / "fixtures" / "no-faces.jpg"
    corpus = of_files(tmp_path, empty=(photo, photo))
    with pytest.raises(LandmarkError, match=r"no clip gave usable landmarks \(mine\).*no face was found"):
        extract(corpus, workers=1)


# --- cache, cancelling, processes -----------------------------------------------------------------


def test_a_second_extraction_looks_at_nothing_again(pairs: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    first = extract(pairs, workers=1)
    counting = CountingDetector(monkeypatch)
    opened: list[int] = []
    monkeypatch.setattr(module, "open_landmarker", lambda *a, **k: opened.append(1))
    second = extract(pairs, workers=1)
    assert counting.seen == opened == []
    np.testing.assert_array_equal(first.points, second.points)
    cached = cached_set(pairs)
    assert cached is not None
    np.testing.assert_array_equal(first.points, cached.points)


def test_sampling_settings_need_no_new_detection(pairs: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    extract(pairs, workers=1)
    counting = CountingDetector(monkeypatch)
    assert extract(pairs, ExtractSettings(frames=5, rule=SamplingRule.EVEN), workers=1).points.shape[1] == 5
    assert counting.seen == []


def test_a_stopped_extraction_goes_on_where_it_was(pairs: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = CountingDetector(monkeypatch)

    def stop_after_two(done: float, total: float, text: str) -> None:
        assert total == 6
        if done == 2:
            raise Cancelled()

    with pytest.raises(Cancelled):
        extract(pairs, progress=stop_after_two, workers=1)
    before = list(counting.seen)
    assert len(before) == 2
    assert cached_set(pairs) is None
    told: list[tuple[float, str]] = []
    assert len(extract(pairs, progress=lambda done, total, text: told.append((done, text)), workers=1)) == 6
    assert sorted(counting.seen) == sorted(c.clip_id for c in pairs.clips)
    assert told == [(n, f"Finding landmarks, {n} of 6 clips") for n in (2, 3, 4, 5, 6)]


@pytest.mark.slow
def test_two_processes_give_what_one_gives(pairs: Corpus, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    parallel = extract(pairs, workers=2, progress=lambda done, total, text: told.append(done))
    assert told == list(range(7))
    monkeypatch.setenv("FER_LAB_HOME", str(own_home / "other"))
    serial = extract(pairs, workers=1)
    assert parallel.clip.tolist() == serial.clip.tolist() == [c.clip_id for c in pairs.clips]
    np.testing.assert_allclose(parallel.points, serial.points, atol=1e-4)


@pytest.mark.slow
def test_several_processes_begin_with_the_longest_clip(pairs: Corpus, tmp_path: Path) -> None:
    """Else the others would wait for it at the end."""
    first, *others = pairs.clips
    long = replace(first, clip_id="long", frames=first.frames * 20, frame_numbers=tuple(range(1, 41)))
    gone = replace(first, clip_id="gone", frames=(tmp_path / "gone.png",), frame_numbers=(1,))
    sizes = [module._size(c) for c in (long, first, gone)]
    assert sizes == [20 * sizes[1], sum(f.stat().st_size for f in first.frames), 0]
    begun: list[str] = []

    class Pool(ProcessPoolExecutor):
        def submit(self, fn: object, clip: Clip) -> object:  # type: ignore[override]
            begun.append(clip.clip_id)
            return super().submit(fn, clip)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ProcessPoolExecutor", Pool)
        tracks, failures = extract_tracks(pairs, (*others[:1], long), DetectSettings(), workers=2)
    assert begun == ["long", others[0].clip_id]
    assert set(tracks) == set(begun) and failures == {}


@pytest.mark.slow
def test_stopping_two_processes_keeps_what_they_found(pairs: Corpus) -> None:
    def stop(done: float, total: float, text: str) -> None:
        if done >= 1:
            raise Cancelled()

    with pytest.raises(Cancelled):
        extract(pairs, progress=stop, workers=2)
    told: list[float] = []
    extract(pairs, progress=lambda done, total, text: told.append(done), workers=1)
    assert told[0] >= 1


def test_a_clip_does_not_depend_on_the_clip_before_it(pairs: Corpus) -> None:
    together = extract(pairs, workers=1)
    backwards, _ = extract_tracks(pairs, pairs.clips[::-1], replace(DetectSettings(), min_confidence=0.2001), workers=1)
    for row, clip in enumerate(pairs.clips):
        np.testing.assert_allclose(backwards[clip.clip_id].points[-1], together.points[row, -1], atol=2e-3)


def test_pages_of_two_users_may_ask_at_once(pairs: Corpus) -> None:
    """Each call has a detector of its own: none is closed under another's hands."""
    done: dict[int, object] = {}

    def look(n: int) -> None:
        try:
            settings = replace(DetectSettings(), min_confidence=0.2 + n / 1000)  # no cache in common
            done[n] = extract_tracks(pairs, pairs.clips[:3], settings, workers=1)
        except Exception as error:
            done[n] = error

    threads = [threading.Thread(target=look, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in done.values():
        assert isinstance(result, tuple), result
        tracks, failures = result
        assert len(tracks) == 3
        assert failures == {}


def test_the_settings_and_not_the_environment_name_the_detector(
    pairs: Corpus, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else landmarks of one detector would lie in the cache under another's name."""
    one = replace(pairs, clips=pairs.clips[1:2])
    task = shared_data / "mediapipe" / "face_landmarker.task"
    opened: list[str] = []
    real = module.open_landmarker

    def noting(*arguments: object, **named: object) -> object:
        landmarker = real(*arguments, **named)  # type: ignore[arg-type]
        opened.append(landmarker.name)
        return landmarker

    monkeypatch.setattr(module, "open_landmarker", noting)
    monkeypatch.setenv(TASK_FILE_VARIABLE, str(task))
    plain = extract(one, ExtractSettings(), workers=1)
    by_task = extract(one, default_settings(), workers=1)
    assert opened == ["mediapipe-facemesh", "mediapipe-tasks"]
    assert not np.array_equal(plain.points, by_task.points)
    np.testing.assert_allclose(plain.points, by_task.points, atol=0.15)


def test_a_short_lone_frame_of_a_sequence_is_no_expression(pairs: Corpus) -> None:
    clip = pairs.clips[0]
    lone = replace(clip, clip_id="lone", frames=clip.frames[:1], frame_numbers=clip.frame_numbers[:1])
    photo = replace(lone, clip_id="photo", starts_neutral=False)
    landmarks = extract(replace(pairs, clips=(lone, photo)), workers=1)
    assert landmarks.clip.tolist() == ["photo"]
    assert not landmarks.has_neutral.any()
    assert "neutral" in landmarks.rejected[0].why


# --- the demo corpus and settings -----------------------------------------------------------------


def test_the_demo_corpus_needs_no_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "open_landmarker", None)
    corpus = demo_part(4)
    landmarks = extract(corpus)
    assert landmarks.synthetic
    assert len(landmarks) + len(landmarks.rejected) == len(corpus.clips)
    again = cached_set(corpus)
    assert again is not None
    np.testing.assert_array_equal(again.points, landmarks.points)


@pytest.mark.parametrize("wrong", [{"frames": 1}, {"frames": 201}, {"min_found": -0.1}, {"min_found": 1.1}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        ExtractSettings(**wrong)  # type: ignore[arg-type]


def test_the_environment_names_the_default_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TASK_FILE_VARIABLE, raising=False)
    assert default_settings() == ExtractSettings()
    monkeypatch.setenv(TASK_FILE_VARIABLE, "/models/face.task")
    assert default_settings().detect.detector == "mediapipe-tasks:/models/face.task"
