"""Drawing a reading on a picture, at a camera's rate: mesh, regions, bars of probability, and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.drawing.bars import draw_bars
from fer_core.live.drawing.ink import RED, colour_of, write
from fer_core.live.drawing.mesh import draw_face, pixels

if TYPE_CHECKING:
    from fer_core.live.state import LiveState


@dataclass(frozen=True)
class Look:
    """What is drawn on a picture.

    Attributes
    ----------
    mesh, regions, bars, label : what of it
    mirrored : show the picture as a mirror does; letters stay readable
    recording : whether a red sign says so
    threshold : probability from which an emotion is said, a tick on each bar; None draws none
    weights : how strongly each region is shaded, any scale (see `LiveStream.why`); all alike if empty
    """

    mesh: bool = True
    regions: bool = False
    bars: bool = True
    label: bool = True
    mirrored: bool = False
    recording: bool = False
    threshold: float | None = None
    weights: Mapping[str, float] | None = None


def draw_state(rgb: RgbImage, state: LiveState, look: Look = Look()) -> RgbImage:
    """A copy of the picture, uint8 (H, W, 3), with a stream's reading on it.

    Every face read gets its mesh in its emotion's colour; with several faces, each is labelled
    where it is, and the bars are those of the largest.
    """
    drawn = _copy(rgb, look.mirrored)
    for reading in state.people:
        draw_face(
            drawn,
            pixels(reading.points, drawn.shape, look.mirrored),
            colour_of(reading.emotion),
            with_mesh=look.mesh,
            with_regions=look.regions,
            weights=look.weights,
        )
    if look.label:
        _labels(drawn, state, look.mirrored)
    if look.bars and state.probabilities:
        draw_bars(drawn, state.probabilities, state.emotion, look.threshold)
    if look.recording:
        write(drawn, "REC", RED, (drawn.shape[1], 0), 0.8)
    return drawn


def draw(
    rgb: RgbImage,
    points: FloatArray | None,
    text: str = "",
    emotion: str | None = None,
    *,
    with_mesh: bool = True,
    mirrored: bool = False,
) -> RgbImage:
    """A copy of the picture with one face's mesh and a label, in the emotion's colour.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
        Left as it is.
    points : float32 (468, 2) in image heights, or None
    text : str
        The label; ASCII letters only are drawn. None is drawn where it is empty.
    mirrored : bool
        Show the picture as a mirror does. The label stays readable.
    """
    drawn = _copy(rgb, mirrored)
    colour = colour_of(emotion)
    if points is not None and with_mesh:
        draw_face(drawn, pixels(points, drawn.shape, mirrored), colour)
    if text:
        write(drawn, text, colour)
    return drawn


def _labels(image: RgbImage, state: LiveState, mirrored: bool) -> None:
    if len(state.people) < 2:
        write(image, state.text, colour_of(state.emotion))
        return
    for reading in reversed(state.people):  # the largest last, on top
        at = pixels(reading.points, image.shape, mirrored)
        corner = (int(at[:, 0].min()), int(at[:, 1].min() - image.shape[0] / 16))
        write(image, f"{reading.face}: {reading.text}", colour_of(reading.emotion), corner, 0.65)


def _copy(rgb: RgbImage, mirrored: bool) -> RgbImage:
    if not mirrored:
        return np.array(rgb, order="C")
    import cv2

    return cv2.flip(np.ascontiguousarray(rgb), 1)  # ten times as fast as a reversed view that is copied
