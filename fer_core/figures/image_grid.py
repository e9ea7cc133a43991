"""Small images side by side as HTML that wraps on narrow screens, each with its description."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from fer_core.base.text import for_html
from fer_core.datasets.images.samples import SIDE, Thumbnail
from fer_core.figures.theme import ALARM, EMOTION_COLOURS, GREY

_WRAP = "display:flex;flex-wrap:wrap;gap:{gap}px;align-items:flex-start"
_BLANK = (
    "display:flex;align-items:center;justify-content:center;box-sizing:border-box;"
    f"border:1px dashed {ALARM};color:{ALARM};font-size:11px;border-radius:4px"
)


def grid_html(images: Sequence[Thumbnail], side: int = SIDE) -> str:
    """The images in rows; what an image is stands in its description and appears under the pointer."""
    inner = "".join(_image(image, _words(image), side) for image in images)
    return f'<div style="{_WRAP.format(gap=4)}">{inner}</div>'


def pairs_html(pairs: Sequence[tuple[Thumbnail, Thumbnail, str]], side: int = SIDE) -> str:
    """Pairs of images, their labels and some words under each."""
    return f'<div style="{_WRAP.format(gap=16)}">' + "".join(_pair(*p, side) for p in pairs) + "</div>"


def _pair(first: Thumbnail, second: Thumbnail, words: str, side: int) -> str:
    same = first.emotion == second.emotion
    labels = _label(first.emotion) if same else f"{_label(first.emotion)} and {_label(second.emotion)}"
    return (
        f'<div style="width:{2 * side + 2}px;font-size:0.8rem;line-height:1.3">'
        f'<div style="display:flex;gap:2px">{_image(first, _words(first), side)}'
        f"{_image(second, _words(second), side)}</div>"
        f'<div style="margin-top:3px">{labels}</div><div style="color:{GREY}">{for_html(words)}</div></div>'
    )


def _label(emotion: str) -> str:
    line = f"border-bottom:3px solid {EMOTION_COLOURS.get(emotion, GREY)}"
    style = f"{line};display:inline-block;line-height:1.25;white-space:nowrap"
    return f'<span style="{style}">{for_html(emotion)}</span>'


def _image(image: Thumbnail, words: str, side: int) -> str:
    size = f"width:{side}px;height:{side}px;"
    told = for_html(words)
    if not image.jpeg:
        return f'<div role="img" aria-label="{told}" title="{told}" style="{size}{_BLANK}">unreadable</div>'
    data = b64encode(image.jpeg).decode()
    return f'<img alt="{told}" title="{told}" style="{size}border-radius:4px" src="data:image/jpeg;base64,{data}">'


def _words(image: Thumbnail) -> str:
    return f"{image.item}, labelled {image.emotion}" + (f": {image.why}" if image.why else "")
