"""Every container: read whole, named when it is cut, never left to guess, and nothing else opened by it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from film_samples import WRITTEN, encode, film, noise

from fer_core.base.errors import MediaError
from fer_core.datasets.containers import CONTAINERS, HEAD_BYTES, video_is_whole, video_kind
from fer_core.datasets.media import iter_video
from fer_core.datasets.signatures import image_kind, is_video_name, why_not_video
from fer_core.datasets.uploads import save_upload
from fer_core.datasets.video import VideoReader

FRAMES = 24
TELLS_NOTHING = {"ts", "h264", "m2v", "nut"}
"""Formats without an account of their length: a cut between two pictures cannot be known."""


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_container_is_read_whole_and_its_thirds_are_named(tmp_path: Path, suffix: str) -> None:
    file = film(tmp_path / f"a.{suffix}", noise(FRAMES))
    assert is_video_name(file.name) and why_not_video(file) is None and video_is_whole(file)
    told = list(iter_video(file))
    assert [n for n, _, _ in told] == list(range(1, FRAMES + 1))
    times = [t for _, t, _ in told]
    assert times[0] == 0 and np.allclose(np.diff(times), 0.04, atol=0.002 if suffix != "rm" else 0.045)
    assert np.abs(told[3][2].astype(int) - noise(FRAMES)[3]).mean() < 40, "another picture"
    stored = save_upload(file.read_bytes(), f"my film.{suffix}", tmp_path / "uploads")
    assert stored.read_bytes() == file.read_bytes()
    data = file.read_bytes()
    for share in (1 / 3, 0.501, 2 / 3, 0.97):
        cut = tmp_path / f"cut.{suffix}"
        cut.write_bytes(data[: int(len(data) * share)])
        try:
            frames = len(list(iter_video(cut)))
        except MediaError as error:
            assert any(word in error.what for word in ("cut off", "breaks off", "damaged")), error.what
            assert "\n" not in str(error)
        else:
            assert suffix in TELLS_NOTHING, f"{frames} of {FRAMES} frames were taken as the whole"


@pytest.mark.parametrize("suffix", ["avi", "mkv", "flv", "wmv", "mpg", "rm"])
def test_frame_by_frame_what_is_there_is_read_and_the_break_is_said(tmp_path: Path, suffix: str) -> None:
    file = film(tmp_path / f"a.{suffix}", noise(FRAMES))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    with VideoReader(file) as reader:
        assert 3 < len(list(reader.frames())) < FRAMES
        assert reader.broke


def test_a_live_recording_whose_length_was_left_open_is_known_to_be_cut(tmp_path: Path) -> None:
    """Browsers record WebM so: no length anywhere but the blocks' own."""
    import av

    file = tmp_path / "live.webm"
    with file.open("wb") as plain:
        unseekable = type("Pipe", (), {"write": plain.write})()
        with av.open(unseekable, "w", format="webm", options={"live": "1"}) as out:
            stream: Any = out.add_stream("libvpx", rate=25)
            stream.width, stream.height, stream.pix_fmt = 176, 144, "yuv420p"
            encode(out, stream, noise(FRAMES))
    assert video_is_whole(file) and len(list(iter_video(file))) == FRAMES
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(MediaError, match="cut off"):
        list(iter_video(file))


@pytest.mark.parametrize("end", ["without its last length", "padded"])
def test_an_flv_that_other_writers_end_otherwise_is_whole(tmp_path: Path, end: str) -> None:
    file = film(tmp_path / "a.flv", noise(FRAMES))
    data = file.read_bytes()
    file.write_bytes(data + bytes(64) if end == "padded" else data[:-4])
    assert video_is_whole(file) and len(list(iter_video(file))) == FRAMES


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_a_fragmented_mp4_that_is_cut_is_named(tmp_path: Path, share: float) -> None:
    fragments = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "100000"}
    file = film(tmp_path / "a.mp4", noise(FRAMES), **fragments)
    assert len(list(iter_video(file))) == FRAMES
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError, match="cut off"):
        list(iter_video(file))


PLAYLISTS = {
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nSECRET\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile 'SECRET'\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "asx": b'<asx version="3.0"><entry><ref href="SECRET"/></entry></asx>',
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash"><BaseURL>SECRET</BaseURL></MPD>',
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="SECRET"/></svg>',
    "rtsp": b"rtsptextRTSP://127.0.0.1/x\n",
    "subtitles": b"1\n00:00:00,000 --> 00:00:01,000\nhello\n",
}


@pytest.mark.parametrize("suffix", ["mp4", "ts", "flv", "mkv", "mpg", "avi"])
@pytest.mark.parametrize("kind", PLAYLISTS)
def test_a_playlist_under_a_videos_name_opens_nothing(tmp_path: Path, kind: str, suffix: str) -> None:
    secret = film(tmp_path / "secret.mp4", noise(2))
    file = tmp_path / f"a.{suffix}"
    file.write_bytes(PLAYLISTS[kind].replace(b"SECRET", str(secret).encode()))
    for read in (lambda: list(iter_video(file)), lambda: VideoReader(file)):
        with pytest.raises(MediaError, match="whatever its name says"):
            read()


def test_a_name_that_is_an_address_to_ffmpeg_is_a_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FFmpeg takes ``concat:a|b.mp4`` for two files and ``tcp:...`` for a call: it never sees the name."""
    monkeypatch.chdir(tmp_path)
    whole = film(tmp_path / "plain.mp4", noise(3)).read_bytes()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        port = server.getsockname()[1]
        names = ["concat:plain.mp4|plain.mp4", f"tcp:127.0.0.1:{port}.mp4", "pipe:0.mp4", "cache:plain.mp4", "-.mp4"]
        for name in [*names, os.fsdecode(b"not utf-8 \xff.mp4")]:
            Path(name).write_bytes(whole)
            assert len(list(iter_video(name))) == 3
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_file_that_names_another_file_does_not_open_it(tmp_path: Path) -> None:
    """A QuickTime film may keep its pictures elsewhere: a ``dref`` that is not the file itself."""
    file = film(tmp_path / "a.mov", noise(4))
    data = file.read_bytes()
    at = data.index(b"url \x00\x00\x00\x01")  # flag 1: in this file
    file.write_bytes(data[: at + 7] + b"\x00" + data[at + 8 :])
    with VideoReader(file) as reader:
        assert len(list(reader.frames())) in (0, 4)


@pytest.mark.parametrize("head", [b"", b"G" + bytes(1200), b"RIFF\0\0\0\0WAVEfmt ", b"GIF89a", b"%PDF", b"ID3"])
def test_other_bytes_are_no_video(head: bytes) -> None:
    assert video_kind(head[:HEAD_BYTES]) is None


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif", b"avis", b"msf1"])
def test_a_picture_in_the_boxes_of_mp4_is_no_video(brand: bytes) -> None:
    head = b"\x00\x00\x00\x1cftyp" + brand + bytes(4) + b"mif1miaf" + b"heic"
    assert video_kind(head) is None and image_kind(head) in ("heic", "avif")
    assert image_kind(b"\x00\x00\x00\x14ftypisom" + bytes(8)) is None


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    assert why_not_video(tmp_path / "a.mp4") == "it is no file"
    with pytest.raises(MediaError, match="no file"):
        VideoReader(tmp_path / "a.mp4")


def test_each_container_is_told_by_its_own_check_alone() -> None:
    assert len({c.kind for c in CONTAINERS}) == len(CONTAINERS)
