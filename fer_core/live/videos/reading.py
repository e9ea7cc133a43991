"""The loop that takes a video, frame by frame, into a recording; and goes on with one that was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_core import __version__
from fer_core.base.errors import FerError, MediaError, RecordingError
from fer_core.base.progress import Progress
from fer_core.datasets.video import Frame, VideoReader
from fer_core.landmarks.landmarker import Landmarker
from fer_core.live.open_stream import open_stream
from fer_core.live.recordings.recorder import Recorder, Written
from fer_core.live.recordings.time_stamps import TimeStamps
from fer_core.live.state import LiveState
from fer_core.live.videos.folder import TABLE, Asked, write_json
from fer_core.live.videos.state import FILE, LeadIn, VideoState, lead_in, load_state
from fer_core.live.videos.summary import summarise
from fer_core.models.opening import AnyBundle

SAVE_EVERY = 2.0
"""Seconds between two notes of where the reading stands: the work that a killed process loses."""
SAY_EVERY = 0.2


class Reading:
    """One video on its way into one folder. Raises what `annotate` raises."""

    def __init__(
        self,
        bundle: AnyBundle,
        landmarker: Landmarker,
        reader: VideoReader,
        folder: Path,
        key: str,
        asked: Asked,
        clock: Callable[[], float],
    ) -> None:
        self._bundle, self._reader, self._folder, self._key = bundle, reader, folder, key
        self._asked, self._clock = asked, clock
        self._state, self._lead = _resumed(folder, key, asked)
        self._neutral = None if self._state is None else self._state.neutral
        self._stream = open_stream(
            bundle,
            landmarker,
            settings=asked.settings,
            neutral=self._neutral if self._lead is not None and self._lead.calibrated else None,
        )
        landmarker.reset()
        if asked.calibrate == "first" and (self._lead is None or self._lead.calibrate):
            self._stream.calibrate()
        self._recorder = Recorder(
            folder,
            bundle.emotions,
            _about(bundle, reader, asked),
            name=TABLE,
            kept=None if self._state is None else self._state.written,
        )
        self._stamps = TimeStamps()
        self._origin: float | None = None
        self._frame = self._damaged = self._unreadable = 0
        if self._state is None:
            self._write_state()  # from here on the folder is known to be this reading's
        if (stood := self._state) is not None:
            self._stamps, self._origin = stood.stamps, stood.origin
            self._frame, self._damaged, self._unreadable = stood.frame, stood.damaged, stood.unreadable
        self._size = (0, 0)
        self._saved = self._told = clock()

    def run(self, progress: Progress) -> None:
        """Read to the end. What was read so far is kept whatever ends it."""
        try:
            frames = self._reader.frames(self._since())
            if self._lead is not None:
                frames = self._warm_up(frames, self._lead, progress)
            for frame in frames:
                self._take(frame, progress)
        except BaseException:
            with suppress(FerError, OSError):
                self._save()
            self._recorder.close(complete=False)
            raise
        self._recorder.close()

    def summary(self) -> dict[str, Any]:
        """What the recording says of the clip, once it was read. Raises `MediaError` where nothing was."""
        footage = self._reader.footage
        if not self._recorder.rows:
            why = f": {self._reader.broke}" if self._reader.broke else ""
            raise MediaError(
                f"no picture of the video can be decoded{why}",
                where=self._reader.path.name,
                fix="save it again as MP4 (H.264), or leave it out",
            )
        return {
            "key": self._key,
            "video": self._reader.path.name,
            "folder": str(self._recorder.folder),
            "bundle": self._bundle.name,
            "fer_core": __version__,
            "width": self._size[0],
            "height": self._size[1],
            "fps": footage.fps,
            "codec": footage.codec,
            "moving_pictures": footage.streams,
            **summarise(self._recorder.csv(), self._bundle.emotions, footage.duration),
            "broke": self._reader.broke or None,
            "time_stamps": self._stamps.counts,
            "damaged_frames": self._damaged,
            "unreadable_packets": self._unreadable + self._reader.unreadable,
        }

    # --- going on ---------------------------------------------------------------------------------

    def _since(self) -> float | None:
        """Where in the file's own clock to begin; None for its beginning."""
        if self._lead is None or self._state is None or not self._state.stamps.plain:
            return None
        return self._state.origin + self._lead.since if self._lead.since > 0 else None

    def _warm_up(self, frames: Iterator[Frame], lead: LeadIn, progress: Progress) -> Iterator[Frame]:
        """Feed the stretch before the last row; gives back the frames behind it."""
        stamps, first = TimeStamps(), True
        for frame in frames:
            time_s = stamps.read(self._own_time(frame))
            if time_s is None:
                continue
            behind = time_s > lead.until + 1e-6
            if first and behind:  # the file's index leads too far: look for it from the start
                yield from self._warm_up(self._reader.frames(), lead, progress)
                return
            first = False
            if behind:  # the last frame written is not found again: none is lost by it
                yield frame
                break
            if time_s >= lead.since - 1e-6:
                lead.learn(self._feed(frame, time_s))
            self._say(progress, time_s)
            if time_s >= lead.until - 1e-6:
                break
        self._reader.unreadable = 0  # those of this stretch are counted already
        yield from frames

    # --- one frame --------------------------------------------------------------------------------

    def _take(self, frame: Frame, progress: Progress) -> None:
        self._frame += 1
        self._damaged += frame.damaged
        time_s = self._stamps.read(self._own_time(frame))
        if time_s is not None:
            state = self._feed(frame, time_s)
            self._recorder.row(self._lead.renamed(state) if self._lead else state, self._frame)
            if self._recorder.error:
                raise RecordingError(self._recorder.error.rstrip("."))
            if state.calibrated:
                self._neutral = self._stream.neutral
        now = self._clock()
        if now - self._saved >= SAVE_EVERY and time_s is not None:
            self._saved = now
            self._save()
        self._say(progress, self._stamps.last or 0.0)

    def _feed(self, frame: Frame, time_s: float) -> LiveState:
        rgb = frame.rgb()
        self._size = (rgb.shape[1], rgb.shape[0])
        return self._stream.feed(rgb, time_s)

    def _own_time(self, frame: Frame) -> float | None:
        """Seconds since the first frame; None for a frame without a stamp."""
        if frame.stamp is None:
            return None
        self._origin = frame.stamp if self._origin is None else self._origin
        return frame.stamp - self._origin

    def _say(self, progress: Progress, at: float) -> None:
        """Report seconds of the video, of those that were left when this process began."""
        now = self._clock()
        if now - self._told >= SAY_EVERY:
            self._told = now
            begin = 0.0 if self._lead is None else self._lead.since
            total = max(0.0, (self._reader.footage.duration or 0.0) - begin)
            done = max(0.0, at - begin)
            progress(min(done, total) if total else done, total, f"Reading {self._reader.path.name}")

    def _save(self) -> None:
        """Note where the reading stands, where the table and what is known here agree."""
        written = self._recorder.sync()
        if written.rows and self._stamps.last == written.last:
            self._write_state(written)

    def _write_state(self, written: Written | None = None) -> None:
        state = VideoState(
            self._key,
            written or Written(),
            self._frame,
            self._origin or 0.0,
            self._stamps,
            self._damaged,
            self._unreadable + self._reader.unreadable,
            self._neutral,
        )
        write_json(self._folder / FILE, state.to_json())


def _resumed(folder: Path, key: str, asked: Asked) -> tuple[VideoState | None, LeadIn | None]:
    """Where this reading stood, and what to read once more; neither where it begins anew."""
    state = load_state(folder)
    table = folder / f"{TABLE}.csv"
    if state is None or state.key != key or not table.is_file():
        return None, None
    if not state.written.bytes:  # it stopped before the first note of how far the table was whole
        return None, None
    if table.stat().st_size < state.written.bytes:  # the disk lost its end when the power failed
        return None, None
    with table.open("r+b") as file:
        file.truncate(state.written.bytes)
    # With several faces the calibrated one may not come first: only the whole course tells them apart.
    several = asked.calibrate == "first" and asked.settings.max_faces > 1
    lead = lead_in(table, calibrate=asked.calibrate == "first", from_start=several)
    return (state, lead) if lead is not None else (None, None)


def _about(bundle: AnyBundle, reader: VideoReader, asked: Asked) -> dict[str, Any]:
    """What the recording's JSON says of its making."""
    return {
        "video": reader.path.name,
        "bundle": bundle.name,
        "settings": asdict(asked.settings),
        "resting_face": asked.calibrate,
        "clock": "seconds since the video's first frame",
    }
