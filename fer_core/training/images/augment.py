"""Distortions of training pictures, each study's by name: one affine map per picture, then its colours."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError

Floats = npt.NDArray[np.float32]
Batch = npt.NDArray[np.uint8] | npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ImageAugmentation:
    """How far pictures are distorted at random; 0 leaves a thing as it is.

    Every draw is uniform over its range and new for every picture. The maps are composed as Keras'
    ImageDataGenerator composes them (rotation, shift, zoom, all about the centre, then the flip), read with
    linear interpolation, and what comes into view repeats the border.

    Parameters
    ----------
    rotation : float
        Up to so many degrees either way.
    shift : float
        Up to this share of the side, along each axis.
    zoom : float
        The side of what is seen is 1 - ``zoom`` to 1 + ``zoom`` of the picture's.
    zoom_each : bool
        Whether width and height are zoomed by draws of their own, as Keras does.
    flip : bool
        Mirrored left to right, half of the time.
    crop : float
        A square of 1 - ``crop`` to 1 of the side, anywhere within the picture, is enlarged to all of it.
    brightness, contrast, saturation : float
        Factors of 1 - value to 1 + value: on the pixels, on their distance from the picture's mean, on their
        distance from grey. Saturation and hue leave a picture of one channel alone.
    hue : float
        Up to so many degrees either way.

    Raises
    ------
    SettingError
        A value is outside its range.
    """

    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    zoom_each: bool = False
    flip: bool = False
    crop: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            limit = 180.0 if name in ("rotation", "hue") else 1.0
            if not 0 <= value <= limit or (name in ("zoom", "crop") and value == 1):
                raise SettingError(f"the {name} {value} is out of range", fix=f"use 0 to below {limit:g}")

    @classmethod
    def of(cls, name: str) -> ImageAugmentation:
        """A study's own distortions, of `PRESETS`. Raises `SettingError` for an unknown name."""
        if name not in PRESETS:
            raise SettingError(f"{name!r} is no augmentation", fix="use one of " + ", ".join(PRESETS))
        return PRESETS[name]

    def __call__(self, batch: Batch, generator: np.random.Generator) -> Batch:
        """Distorted copies of a batch (n, h, w, c), uint8 or float32 in [0, 1]; the same for the same seed.

        A batch that nothing is done to is given back as it is.
        """
        if self.moves:
            batch = _warped(batch, self.maps(len(batch), (batch.shape[1], batch.shape[2]), generator))
        return self._coloured(batch, generator) if self.colours else batch

    @property
    def moves(self) -> bool:
        """Whether pixels change their place."""
        return bool(self.rotation or self.shift or self.zoom or self.flip or self.crop)

    @property
    def colours(self) -> bool:
        """Whether pixels change their value."""
        return bool(self.brightness or self.contrast or self.saturation or self.hue)

    def maps(self, n: int, shape: tuple[int, int], generator: np.random.Generator) -> FloatArray:
        """Affine maps (n, 2, 3) from a pixel (x, y) of a new picture to where it is read in the old one.

        ``shape`` is (height, width) of both.
        """
        lengths = np.array(shape[::-1], np.float64)
        angle = np.radians(_uniform(self.rotation, n, generator))
        zoom = 1 + _uniform(self.zoom, (n, 2), generator)
        zoom = zoom if self.zoom_each else zoom[:, :1].repeat(2, axis=1)
        shift = _uniform(self.shift, (n, 2), generator) * lengths
        side = generator.uniform(1 - self.crop, 1, (n, 1))
        room = (1 - side) / 2 * lengths * generator.uniform(-1, 1, (n, 2))
        mirrored = generator.random(n) < 0.5 * self.flip
        return affine_maps(angle, zoom * side, shift + room, mirrored, shape)

    def _coloured(self, batch: Batch, generator: np.random.Generator) -> Batch:
        reaches = (self.brightness, self.contrast, self.saturation)
        factors = [1 + _uniform(reach, len(batch), generator) for reach in reaches]
        brightness, contrast, saturation = (f.astype(np.float32)[:, None, None, None] for f in factors)
        hue = _uniform(self.hue, len(batch), generator)
        x = batch.astype(np.float32) / np.float32(_white(batch)) * brightness
        x = _spread(x, x.mean(axis=(1, 2, 3), keepdims=True), contrast)
        if batch.shape[-1] == 3:
            x = _turned(_spread(x, x @ LUMA[:, None], saturation), hue)
        return np.rint(x * 255).astype(np.uint8) if batch.dtype == np.uint8 else x

    def record(self) -> dict[str, Any]:
        """Its fields as plain data."""
        return asdict(self)


LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Grey of red, green and blue (ITU-R BT.601)."""

PRESETS: dict[str, ImageAugmentation] = {
    "none": ImageAugmentation(),
    "suwartono": ImageAugmentation(rotation=15, zoom=0.1, shift=0.05, flip=True),
    "tutuianu": ImageAugmentation(rotation=20, shift=0.2, zoom=0.2, zoom_each=True, flip=True),
    "munsarif": ImageAugmentation(
        rotation=30, crop=0.15, flip=True, brightness=0.2, contrast=0.2, saturation=0.2, hue=10
    ),
}
"""As each study names them. Suwartono et al. (section 3): rotation 15 degrees, zoom 10 %, flip and "slight"
translation, here 5 %. Tutuianu et al. (section 4.2): rotation 20 degrees, shifts and zoom 0.2, flip, by
Keras' generator. Munsarif & Ku-Mahamud (section 3.2): rotation 30 degrees, flip, random crop and resize,
brightness, contrast, saturation and hue, of which no range is printed: those are ours."""


def affine_maps(
    angle: FloatArray, zoom: FloatArray, shift: FloatArray, mirrored: npt.NDArray[np.bool_], shape: tuple[int, int]
) -> FloatArray:
    """u → c + R (Z (u - c) + t), mirrored first where asked: maps (n, 2, 3) from new pixels to old ones.

    Parameters
    ----------
    angle : (n,)
        Radians, from x towards y.
    zoom, shift : (n, 2)
        Along x and y: what a step of one pixel becomes, and t in pixels.
    mirrored : (n,)
    shape : (height, width)
        The centre c is the middle of the picture, between pixels where a side is even.
    """
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], -1).reshape(-1, 2, 2)
    scale = zoom * np.stack([np.where(mirrored, -1.0, 1.0), np.ones(len(zoom))], axis=-1)
    linear = turn * scale[:, None, :]
    centre = (np.array(shape[::-1]) - 1) / 2
    moved = (turn @ shift[..., None])[..., 0]
    return np.concatenate([linear, (centre + moved - linear @ centre)[..., None]], axis=-1)


def _uniform(reach: float, n: int | tuple[int, ...], generator: np.random.Generator) -> FloatArray:
    return generator.uniform(-reach, reach, n)


def _white(batch: Batch) -> float:
    return 255.0 if batch.dtype == np.uint8 else 1.0


def _spread(x: Floats, middle: Floats, factor: Floats) -> Floats:
    """The distance from ``middle`` times ``factor``, within [0, 1]."""
    return np.clip(middle + factor * (x - middle), 0, 1)


def _warped(batch: Batch, maps: FloatArray) -> Batch:
    out = np.empty_like(batch)
    size = (batch.shape[2], batch.shape[1])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for i, picture in enumerate(batch):
        warped = cv2.warpAffine(picture, maps[i], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        out[i] = warped.reshape(picture.shape)  # OpenCV drops a single channel
    return out


def _turned(x: Floats, degrees: FloatArray) -> Floats:
    """RGB pictures (n, h, w, 3) in [0, 1] with their hues turned."""
    out = np.empty_like(x)
    for i, picture in enumerate(x):
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0] + degrees[i]) % 360
        out[i] = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    return out
