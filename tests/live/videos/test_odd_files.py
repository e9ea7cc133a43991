"""What the reading of videos left on disk, changed by another program: none, and never an exception."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from odd import mutations

from fer_core.base.errors import SettingError
from fer_core.live.recordings import shelf
from fer_core.live.recordings.recorder import Written
from fer_core.live.recordings.time_stamps import TimeStamps
from fer_core.live.videos import jobs
from fer_core.live.videos.folder import Asked, read_summary
from fer_core.live.videos.jobs import Order
from fer_core.live.videos.queue import table
from fer_core.live.videos.state import VideoState, load_state
from fer_core.live.videos.summary import STATES
from fer_core.live.videos.summary_words import notes
from fer_core.studies.cross import jobs as cross_jobs
from fer_core.studies.leak_lab import jobs as lab_jobs
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity.run import Order as Study
from ui.videos import words

CLIP: dict[str, Any] = {
    "key": "k",
    "video": "a.mp4",
    "folder": "/x/a",
    "bundle": "b",
    "fer_core": "0",
    "width": 64,
    "height": 48,
    "fps": 25.0,
    "codec": "h264",
    "duration_s": 2.0,
    "read_s": 2.0,
    "frames": 50,
    "frames_with_face": 40,
    "share_with_face": 0.8,
    "most_faces": 1,
    "frames_with_several_faces": 0,
    "share_of_time": dict.fromkeys(STATES, 0.2),
    "share_of_time_by_emotion": {"anger": 0.2, "fear": None},
    "share_of_time_by_reference": {"running": 1.0},
    "faces": [],
    "episodes": {"anger": 1, "fear": 0},
    "episode_list": [
        {"emotion": "anger", "face": 1, "start_s": 0.1, "end_s": 0.5, "peak_s": 0.3, "peak": 0.9, "seconds": 0.4}
    ],
    "episodes_not_listed": 0,
    "events": [],
    "latency_ms": {"p50": 3.0, "p95": None},
    "broke": None,
    "time_stamps": {"repeated": 0, "backwards": 0, "resets": 0, "missing": 0},
    "damaged_frames": 0,
    "unreadable_packets": 0,
}
RESULT = {"bundle": "b", "emotions": ["anger", "fear"], "videos": 1, "clips": [CLIP], "failed": []}


def test_mutated_results_are_none_or_are_told(tmp_path: Path) -> None:
    file = tmp_path / jobs.CLIPS / "result.json"
    file.parent.mkdir()
    file.write_text(json.dumps(RESULT))
    assert jobs.result_of(tmp_path) == RESULT
    refused = 0
    for said, plain in mutations(RESULT, 300):
        file.write_text(json.dumps(plain))
        result = jobs.result_of(tmp_path)
        if result is None:
            refused += 1
            continue
        assert words.headline(result), said
        table(result)
        for clip in result["clips"]:
            words.clip_sentence(clip)
            words.broken(clip)
            notes(clip)
    assert refused > 150


def test_mutated_states_and_summaries_are_none_or_whole(tmp_path: Path) -> None:
    state = VideoState("k", Written(10, 2, 2, 0.0, 1.0), 5, 0.0, TimeStamps(1.0), neutral=None).to_json()
    (tmp_path / "state.json").write_text(json.dumps(state))
    assert load_state(tmp_path) is not None
    for _, plain in mutations(state, 150):
        (tmp_path / "state.json").write_text(json.dumps(plain))
        found = load_state(tmp_path)
        assert found is None or isinstance(found.stamps.read(3.0), float)
    for _, plain in mutations(CLIP, 100):
        (tmp_path / "summary.json").write_text(json.dumps(plain))
        summary = read_summary(tmp_path)
        assert summary is None or isinstance(summary["frames"], int)


def test_mutated_orders_are_none_or_orders(tmp_path: Path) -> None:
    order = Order("bundle", ("a.mp4",), Asked()).to_json()
    (tmp_path / "order.json").write_text(json.dumps(order))
    assert jobs.order_of(tmp_path) == Order("bundle", ("a.mp4",), Asked())
    for _, plain in mutations(order, 150):
        (tmp_path / "order.json").write_text(json.dumps(plain))
        found = jobs.order_of(tmp_path)
        assert found is None or (found.words and 0 <= found.asked.settings.threshold <= 1)
    with pytest.raises(SettingError, match="order for reading videos"):
        Order.from_json({**order, "videos": "a.mp4"})


@pytest.mark.parametrize(
    ("name", "sound", "read"),
    [
        ("config.json", {"corpus": "demo", "settings": {"folds": 5}}, lab_jobs.config_of),
        ("config.json", {"trained": ["a"], "tested": ["b"], "strict": False}, cross_jobs.config_of),
        ("order.json", Study("demo").to_json(), sensitivity_jobs.order_of),
    ],
)
def test_mutated_orders_of_other_runs(
    tmp_path: Path, name: str, sound: dict[str, Any], read: Callable[[Path], Any]
) -> None:
    (tmp_path / name).write_text(json.dumps(sound))
    assert read(tmp_path).words
    for _, plain in mutations(sound, 100):
        (tmp_path / name).write_text(json.dumps(plain))
        found = read(tmp_path)
        assert found is None or found.words


def test_an_odd_description_of_a_recording_leaves_its_rows(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    (folder / "recording.csv").write_text("time_s\n")
    for content in ("[]", "{", '{"complete": "yes"}', '{"complete": true, "rows": "x"}', '{"complete": 1}'):
        (folder / "recording.json").write_text(content)
        (found,) = shelf.recordings(tmp_path)
        assert found.error or found.growing, content
    assert asdict(found)["folder"] == folder
