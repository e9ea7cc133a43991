"""Mutated videos: each frame is read, or what is missing is said; a clip is read whole or refused."""

from __future__ import annotations

import random
from pathlib import Path

from film_samples import WRITTEN, film, noise

from fer_core.datasets.folders import open_folder
from fer_core.datasets.media import iter_frames
from fer_core.datasets.video import VideoReader

from .mutators import damaged, every, tried

FRAMES, RATE = 12, 25


def read(file: Path) -> tuple[int, bool]:
    """How many frames a video gives, and whether that is all, or it is said that something is missing."""
    with VideoReader(file) as reader:
        frames = [frame.damaged for frame in reader.frames() if frame.rgb().size]
        told = reader.footage.duration
    said = any(frames) or reader.unreadable or reader.broke
    return len(frames), bool(said or len(frames) >= FRAMES or told is None or told < len(frames) / RATE + 0.3)


def test_videos(tmp_path: Path) -> None:
    films = [film(tmp_path / f"sound.{suffix}", noise(FRAMES, 64, 48), rate=RATE) for suffix in WRITTEN]
    frames = dict.fromkeys(WRITTEN, 0)

    def one(case: str, rng: random.Random) -> bool:
        sound = rng.choice(films)
        file = tmp_path / case.replace("/", "-") / "anger" / f"anna_1{sound.suffix}"
        file.parent.mkdir(parents=True)
        data = sound.read_bytes()
        for _ in range(rng.choice([1, 1, 2, 4])):
            data = damaged(data, rng)
        file.write_bytes(data)
        found = tried(case, (file.name,), read, file)
        assert found is None or found[1], f"{case} {sound.suffix}: {found[0]} frames, and nothing is said"
        corpus = tried(case, (file.parent.parent,), open_folder, file.parent.parent)
        for clip in corpus.clips if corpus else ():
            tried(case, (file.name, clip.clip_id), list, iter_frames(clip))
        frames[sound.suffix[1:]] += found[0] if found else 0
        return found is not None

    assert every("videos", one) > 0.2 and all(frames.values())
