"""Letters and colours drawn on a picture."""

from __future__ import annotations

from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks.landmarker import RgbImage

Colour = tuple[int, int, int]

GROUND: Colour = (31, 37, 44)
"""Behind letters."""

LETTERS: Colour = (245, 246, 247)
RED: Colour = (232, 60, 48)


def colour_of(emotion: str | None) -> Colour:
    """RGB of an emotion, 0 to 255; grey for none."""
    text = EMOTION_COLOURS.get(emotion or "", GREY).lstrip("#")
    red, green, blue = (int(text[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue


def write(image: RgbImage, text: str, colour: Colour, at: tuple[int, int] = (0, 0), size: float = 1.0) -> None:
    """Text on a dark ground whose upper left corner is ``at``, with a stripe in a colour.

    It is made small enough for the picture's width, and moved into the picture where it would leave it.
    """
    import cv2

    text = text.encode("ascii", "replace").decode()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, size * max(0.5, image.shape[0] / 700)
    (wide, _), _ = cv2.getTextSize(text, font, scale, 1)
    scale *= min(1.0, image.shape[1] / (wide + 36 * scale))
    thick, pad = max(1, round(scale * 2)), max(1, round(12 * scale))
    (wide, high), below = cv2.getTextSize(text, font, scale, thick)
    x = max(0, min(at[0], image.shape[1] - wide - 3 * pad))
    y = max(0, min(at[1], image.shape[0] - high - below - 2 * pad))
    cv2.rectangle(image, (x, y), (x + wide + 3 * pad, y + high + below + 2 * pad), GROUND, cv2.FILLED)
    cv2.rectangle(image, (x, y), (x + pad // 2, y + high + below + 2 * pad), colour, cv2.FILLED)
    foot = (x + round(1.5 * pad), y + pad + high)
    cv2.putText(image, text, foot, font, scale, LETTERS, thick, cv2.LINE_AA)
