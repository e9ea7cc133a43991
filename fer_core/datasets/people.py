"""Whether what a name begins with is a person: never a camera, a date, a counter or a usual word.

Somebody who is taken for two people stands on both sides of a "subject-independent" split, so where it is not
clear who is shown, nobody is: that is said, and a list of subjects is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_core.base.emotions import find_emotion
from fer_core.base.text import clean_name, name_key
from fer_core.datasets.parts import PART_FOLDERS

_CAMERAS = (
    "img image imag img-e cimg fb-img mvimg vid video mvi mov dsc dscn dscf dsci dscnf pxl win wp gopr "
    "gp gx gh gopro dji pict pic pica pano burst portrait photo photos selfie snapchat snap whatsapp "
    "signal telegram inbound received mmexport wx wechat kakaotalk line viber screenshot screen "
    "screencast screenrecording screenrecorder rpreplay recording recorder rec record capture captured "
    "cap webcam cam camera kinect obs bandicam zoom gmt teams meet trim lv capcut tiktok youtube yt "
    "videoplayback mah hni nvr lrv insv imovie fullsizerender scan untitled unnamed download downloaded "
    "depositphotos istock shutterstock gettyimages unsplash pexels pixabay flickr google bing images "
    "ffhq celeba fer affectnet rafdb lfw rafd "
)
_WORDS = (
    "clip clips take scene shot part segment seg chunk cut trial session sess run test block frame "
    "frames sequence seq sample data file item record movie film media track stream output out in input "
    "final new old copy edited crop cropped aligned aug augmented rotated flipped mirrored resized "
    "original raw face faces facial head expr expression expressions emotion emotions label class set "
    "group batch fold view front frontal left right straight half full side profile top light dark "
    "strong weak low high mid medium man woman boy girl baby child kid lady people person persons male "
    "female adult subject subj sub actor actress participant speaker patient student user unknown "
    "anonymous day date time no nr number id neg pos db dataset original thumb "
)
_GENERIC = frozenset(_CAMERAS.split()) | frozenset(_WORDS.split()) | frozenset(PART_FOLDERS)
"""Words that files are called by, whoever is shown."""

_EXPLICIT = re.compile(
    r"(?<![^\W_])(?:subject|subj|sub|actor|actress|person|participant|speaker|patient|proband)"
    r"[ _-]?0*(\d{1,5})(?!\d)",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^\W\d_]-?\d{1,4}|[^\W\d_a-zà-ÿ]")  # P01, or a name of one character, as 笑
_DATE = re.compile(r"(19|20)\d{2}[-.]?[01]?\d[-.]?[0-3]?\d([-. t]?\d{1,6})*z?")
_HASH = re.compile(r"(?=.*\d)[0-9a-f]{8,}")
_CAMERA_COUNTER = re.compile(r"[A-Z]{2,6}")
_COUNTER = re.compile(r"\d{4,}")

_TOO_FEW = 3  # files among which nobody needs to come back


@dataclass(frozen=True)
class People:
    """Who is in which file, as far as names tell.

    Attributes
    ----------
    of : dict
        Subject by the key that was asked about; a key that is absent has an unknown one.
    spellings : tuple of tuple of str
        Names that were written in several ways and count as one, the first spelling first.
    """

    of: dict[str, str]
    spellings: tuple[tuple[str, ...], ...] = ()


def is_no_name(word: str) -> bool:
    """Whether a word is a camera's, a date, a number, a hash, an emotion or a usual word: nobody's name."""
    key = name_key(word).strip(" .#()[]")
    bare = key.rstrip("0123456789").rstrip(" .-#(")
    return (
        (len(bare) < 2 and not _CODE.fullmatch(key))
        or any(w in _GENERIC for w in (key, bare, bare.partition(" ")[0], bare.partition("-")[0]))
        or (len(bare) > 2 and find_emotion(bare) is not None)
        or _DATE.fullmatch(key) is not None
        or _HASH.fullmatch(key.replace("-", "")) is not None
        or not any(c.isalpha() for c in key)
    )


def people_in(files: Sequence[tuple[str, str, str | None]]) -> People:
    """Who is shown, by what the names begin with.

    Parameters
    ----------
    files : sequence of (key, name, emotion)
        Of each file or clip: what it is asked about by, its name without folders and suffix, and its emotion.

    A name's beginning, up to the first ``_``, counts as a person's where it looks like a name (`is_no_name`)
    and names are given by person here: beginnings that come back in several emotions make up most of the
    files that have one, and most files have one. Among three files or in a single emotion coming back
    cannot be seen, and is not asked for. ``subject12`` or ``actor_3`` anywhere in a name says itself who is
    meant.
    """
    found = [(key, _explicit(name) or _beginning(name), emotion) for key, name, emotion in files]
    shown: dict[str, set[str]] = {}
    for _, who, emotion in found:
        if who:
            shown.setdefault(name_key(who), set()).add(emotion or "")
    named = [(key, who) for key, who, _ in found if who]
    emotions = {emotion for _, _, emotion in found if emotion}
    back = sum(len(shown[name_key(who)] - {""}) > 1 for _, who in named)
    unseen = len(emotions) < 2 or len(files) <= _TOO_FEW
    by_person = unseen or (bool(back) and 2 * back >= len(named))
    if not named or not by_person or 2 * len(named) < len(found):
        return People({})
    return one_spelling(named)


def one_spelling(named: Iterable[tuple[str, str]]) -> People:
    """People by key, each in the first spelling of their name (`fer_core.base.text.name_key` compares them)."""
    ways: dict[str, list[str]] = {}
    of: dict[str, str] = {}
    for key, who in named:
        spelled = ways.setdefault(name_key(who), [])
        if who not in spelled:
            spelled.append(who)
        of[key] = clean_name(spelled[0])
    return People(of, tuple(tuple(way) for way in ways.values() if len(way) > 1))


def _explicit(name: str) -> str:
    found = _EXPLICIT.findall(name)
    return f"subject {int(found[0])}" if len(found) == 1 else ""


def _beginning(name: str) -> str:
    """What a name begins with, up to the first underscore, where it may be a person's name."""
    before, underscore, rest = name.partition("_")
    before = before.strip()
    if not underscore or not before or is_no_name(before):
        return ""
    # XYZ_0001: a camera that is not in the list counts like this, too.
    if _CAMERA_COUNTER.fullmatch(before) and _COUNTER.match(rest):
        return ""
    return before
