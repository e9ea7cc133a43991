"""The shapes of what the reading of videos found, as it lies on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Len

from fer_core.base.emotions import NEUTRAL
from fer_core.files.shapes import Amount, Count, Finite, Interval, Share, Text
from fer_core.landmarks.track import N_LANDMARKS
from fer_core.live.recordings.recorder import Written
from fer_core.live.recordings.time_stamps import TimeStamps
from fer_core.live.videos.summary import STATES


@dataclass(frozen=True)
class Passed:
    """Frames whose time stamps were odd."""

    repeated: Count
    backwards: Count
    resets: Count
    missing: Count


@dataclass(frozen=True)
class Latency:
    """Milliseconds for a frame."""

    p50: Amount | None
    p95: Amount | None


@dataclass(frozen=True)
class ListedEpisode:
    """A stretch in which a face was classified as one emotion."""

    emotion: Text
    face: Count
    start_s: Finite
    end_s: Finite
    peak_s: Finite
    peak: Share
    seconds: Finite


@dataclass(frozen=True)
class Clip:
    """What one video holds."""

    key: Text
    video: Text
    folder: Text
    bundle: Text
    duration_s: Amount
    read_s: Amount
    frames: Count
    frames_with_face: Count
    share_with_face: Share | None
    most_faces: Count
    share_of_time: dict[str, Share | None]
    share_of_time_by_emotion: dict[str, Share | None]
    episodes: dict[str, Count]
    episode_list: list[ListedEpisode]
    episodes_not_listed: Count
    latency_ms: Latency
    time_stamps: Passed
    damaged_frames: Count
    unreadable_packets: Count
    width: Count
    height: Count
    broke: Text | None
    frames_with_several_faces: Count = 0
    share_of_time_by_reference: dict[str, Share | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if missing := next((state for state in STATES if state not in self.share_of_time), None):
            raise ValueError(f"there is no share of time of {missing!r}")


@dataclass(frozen=True)
class Failed:
    """A video that could not be read."""

    video: Text
    why: Text


@dataclass(frozen=True)
class Found:
    """What a run has found so far."""

    bundle: Text
    emotions: list[Text]
    clips: list[Clip]
    failed: list[Failed]

    def __post_init__(self) -> None:
        for clip in self.clips:
            for emotion in (e for e in self.emotions if e != NEUTRAL):
                if emotion not in clip.episodes or emotion not in clip.share_of_time_by_emotion:
                    raise ValueError(f"{clip.video} lacks {emotion!r}")


@dataclass(frozen=True)
class Paused:
    """Where the reading of a video stands (`fer_core.live.videos.state.VideoState`)."""

    key: Text
    written: Written
    frame: Count
    origin: Finite
    stamps: TimeStamps
    damaged: Count = 0
    unreadable: Count = 0
    neutral: Annotated[list[Interval], Len(N_LANDMARKS, N_LANDMARKS)] | None = None
