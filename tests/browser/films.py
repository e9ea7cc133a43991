"""Films for Chromium's fake camera, made of one portrait: the face is warped to show an expression.

The portrait is the astronaut Eileen Collins', photographed by NASA, in the public domain (scikit-image ships
it). Where her landmarks lie is found with the product's own detector; where an expression moves them comes
from the demo corpus's shape model, which is nobody's face. Chromium plays a file of JPEG pictures at 30 a
second and begins again at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FPS = 30
WIDTH, HEIGHT = 640, 480
HELD = 4
"""Seconds for which an expression is held."""
STEPS = 12
"""Pictures of a way from rest to the apex."""

Picture = Any
"""uint8 (480, 640, 3), BGR as OpenCV writes it."""


def expression_film(file: Path, emotion: str, *, rest: float = 20.0, strength: float = 1.0) -> Path:
    """A face at rest for ``rest`` seconds, then the emotion's onset, held for `HELD`, and its offset.

    Half as wide and high as the portrait: a browser packs and unpacks what its camera films.
    """
    import cv2

    way = expression_pictures(emotion, strength)
    way = [cv2.resize(p, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA) for p in way]
    return write_film(file, [*way[:1] * round(rest * FPS), *way[1:], *way[-1:] * HELD * FPS, *way[:0:-1]])


def clip_film(file: Path, frames: Sequence[Path], *, rest: float = 20.0) -> Path:
    """A filmed clip: its first frame for ``rest`` seconds, to its last, held for `HELD`, and back."""
    way = [fitted(path) for path in frames]
    slow = [p for p in way for _ in range(2)]  # the corpora film at about half the rate
    return write_film(file, [*way[:1] * round(rest * FPS), *slow, *way[-1:] * HELD * FPS, *slow[::-1]])


def write_film(file: Path, pictures: Sequence[Picture]) -> Path:
    """JPEG pictures one after the other; the same picture is compressed once."""
    import cv2

    known: dict[int, bytes] = {}
    with file.open("wb") as out:
        for picture in pictures:
            if id(picture) not in known:
                fine, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
                assert fine
                known[id(picture)] = jpeg.tobytes()
            out.write(known[id(picture)])
    return file


@cache
def portrait() -> Picture:
    """The astronaut's head and shoulders."""
    import cv2
    from skimage import data

    head = cv2.cvtColor(data.astronaut()[0:300, 50:450], cv2.COLOR_RGB2BGR)
    return cv2.resize(head, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def expression_pictures(emotion: str, strength: float = 1.0) -> list[Picture]:
    """The portrait on its way from rest (first) to the emotion's apex (last)."""
    face = landmarks(portrait())
    moved = displacement(face, emotion) * strength
    growth = (1 - np.cos(np.linspace(0, np.pi, STEPS))) / 2
    return [portrait(), *(warped(portrait(), face, share * moved) for share in growth[1:])]


@cache
def _found(picture: bytes) -> Any:
    from fer_core.landmarks.detector import open_landmarker

    finder = open_landmarker("still", from_environment=False)
    try:
        rgb = np.frombuffer(picture, np.uint8).reshape(HEIGHT, WIDTH, 3)[..., ::-1]
        faces = finder.detect(np.ascontiguousarray(rgb))
    finally:
        finder.close()
    assert faces, "no face in the portrait"
    return faces[0] * HEIGHT


def landmarks(picture: Picture) -> Any:
    """(468, 2) in pixels."""
    return _found(picture.tobytes())


def displacement(face: Any, emotion: str) -> Any:
    """(468, 2) in pixels: the emotion's mean displacement, turned and scaled to the face."""
    from fer_core.landmarks import mesh
    from fer_core.landmarks.shape_model import load_shape_model

    model = load_shape_model()
    right, left = face[mesh.EYE_CORNERS]
    turn = complex(*(left - right))
    shift = model.expression_means[model.emotions.index(emotion)]
    placed = (shift[:, 0] + 1j * shift[:, 1]) * turn
    return np.stack([placed.real, placed.imag], axis=1)


def warped(picture: Picture, face: Any, moved: Any) -> Picture:
    """The picture with each landmark carried along; the picture's edge stays where it is."""
    import cv2
    from scipy.interpolate import RBFInterpolator

    edge = [(x, y) for x in np.linspace(0, WIDTH, 9) for y in (0, HEIGHT)]
    edge += [(x, y) for y in np.linspace(0, HEIGHT, 7)[1:-1] for x in (0, WIDTH)]
    at = np.concatenate([face + moved, np.array(edge)])
    back = np.concatenate([-moved, np.zeros((len(edge), 2))])
    step = 8
    grid = np.stack(np.meshgrid(np.arange(0, WIDTH, step), np.arange(0, HEIGHT, step)), axis=-1).astype(float)
    field = RBFInterpolator(at, back, neighbors=24, smoothing=0.5, kernel="linear")(grid.reshape(-1, 2))
    small = field.reshape(*grid.shape).astype(np.float32)
    dense = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return cv2.remap(picture, x + dense[..., 0], y + dense[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def fitted(path: Path) -> Picture:
    """A picture file, brought to the camera's size."""
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert picture is not None, path
    return cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
