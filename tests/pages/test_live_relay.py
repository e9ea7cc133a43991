"""The way back to the browser: a slow encoder gets the newest picture, once, and no queue grows."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

aiortc = pytest.importorskip("aiortc")
from live_samples import film_frame  # noqa: E402
from streamlit_webrtc.process import AsyncMediaProcessTrack  # noqa: E402

from ui.live.camera_relay import NewestRelay  # noqa: E402


class Read(AsyncMediaProcessTrack):  # type: ignore[misc]
    """Pictures that were read: each one twice, as where reading takes two camera frames' time."""

    kind = "video"

    def __init__(self, pictures: int) -> None:
        aiortc.MediaStreamTrack.__init__(self)
        self.made = [film_frame(i / 25) for i in range(pictures) for _ in range(1)]
        self.given = 0

    async def recv(self) -> Any:
        if self.given >= 2 * len(self.made):
            raise aiortc.mediastreams.MediaStreamError
        await asyncio.sleep(0)
        self.given += 1
        return self.made[(self.given - 1) // 2]


class Filmed(aiortc.MediaStreamTrack):  # type: ignore[misc,name-defined]
    """A camera's track."""

    kind = "video"

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.left = [film_frame(i / 25) for i in range(frames)]

    async def recv(self) -> Any:
        if not self.left:
            raise aiortc.mediastreams.MediaStreamError
        await asyncio.sleep(0)
        return self.left.pop(0)


async def taken(track: Any, turns: int) -> list[Any]:
    """What a consumer gets that needs ``turns`` of the loop for each picture."""
    got = []
    while True:
        try:
            got.append(await track.recv())
        except aiortc.mediastreams.MediaStreamError:
            return got
        for _ in range(turns):
            await asyncio.sleep(0)


def test_a_slow_encoder_skips_to_the_newest_picture() -> None:
    async def run() -> tuple[list[Any], Read]:
        source = Read(60)
        return await taken(NewestRelay().subscribe(source), turns=40), source

    got, _ = asyncio.run(run())
    assert 2 <= len(got) < 20, "it skips"
    stamps = [frame.time for frame in got]
    assert stamps == sorted(set(stamps)), "forwards, none twice"


def test_a_fast_encoder_gets_every_picture_once() -> None:
    async def run() -> list[Any]:
        return await taken(NewestRelay().subscribe(Read(30)), turns=0)

    got = asyncio.run(run())
    assert len({id(f) for f in got}) == len(got)
    assert len(got) >= 15


def test_camera_frames_are_queued_so_that_dropped_ones_can_be_counted() -> None:
    async def run() -> list[Any]:
        return await taken(NewestRelay().subscribe(Filmed(30)), turns=10)

    assert len(asyncio.run(run())) == 30
