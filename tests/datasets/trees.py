"""Small trees of corpora as they are handed out, and sorted by emotion; noise and grey films, no face."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fer_core.datasets.signatures import is_image_name, is_video_name

from .builders import picture, put, put_video


@dataclass(frozen=True)
class File:
    """A file of a corpus, and what is to be read of it; the emotion is None for what is left out."""

    path: str
    subject: str = ""
    emotion: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tree:
    """A corpus: its format, its files, and others that lie among them."""

    format: str
    files: tuple[File, ...]
    pictures: bool = True
    others: tuple[tuple[str, str], ...] = ()

    def put(self, root: Path) -> Path:
        """As it is handed out."""
        for file in self.files:
            put_media(root / file.path)
        for name, text in self.others:
            put(root / name, text)
        return root

    def put_flat(self, root: Path) -> Path:
        """All files in one folder."""
        for file in self.files:
            put_media(root / Path(file.path).name)
        return root

    def put_sorted(self, root: Path, spelled: dict[str, str] | None = None) -> Path:
        """Sorted into folders by emotion, in a folder around them."""
        for file in self.files:
            folder = (spelled or SPELLED).get(file.emotion or "", "Calm")
            put_media(root / "by emotion" / folder / Path(file.path).name)
        return root


SPELLED = {
    "anger": "Angry",
    "contempt": "Contempt",
    "disgust": "Disgust",
    "fear": "Fear",
    "happiness": "Happy",
    "neutral": "Neutral",
    "sadness": "Sad",
    "surprise": "Surprise",
}

FLV = ".flv" if is_video_name("a.flv") else ".avi"


@cache
def film(suffix: str) -> bytes:
    """A film of a few grey frames in the container of a suffix."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        if suffix == ".flv":
            return _flv(Path(folder) / "a.flv")
        return put_video(Path(folder) / f"a{suffix}", code="MJPG" if suffix == ".avi" else "mp4v").read_bytes()


def _flv(file: Path) -> bytes:
    import av
    import numpy as np

    with av.open(str(file), "w") as out:
        stream = out.add_stream("flv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(6):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + 20 * n, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.read_bytes()


def put_media(path: Path) -> Path:
    """A real picture or film of the path's suffix."""
    suffix = path.suffix.lower()
    if is_image_name(path.name):
        return put(path, picture(suffix))
    if is_video_name(path.name):
        return put(path, film(suffix))
    return put(path, "RIFF sound")


_VIEWS = {"S": "straight", "HL": "half left", "HR": "half right", "FL": "full left", "FR": "full right"}
_KDEF = {
    "AF": "fear",
    "AN": "anger",
    "DI": "disgust",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}

_JAFFE = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}

JAFFE = Tree(
    "jaffe",
    tuple(
        File(f"{who}.{code}{take}.{number}.tiff", who, emotion, {"repetition": str(take)})
        for who in ("KA", "KL", "YM")
        for number, (code, emotion) in enumerate(_JAFFE.items(), start=1)
        for take in (1, 2)
    ),
    others=(("README_FIRST.txt", "JAFFE"),),
)

KDEF = Tree(
    "kdef",
    tuple(
        File(f"{session}{who}/{session}{who}{code}{view}.JPG", who, emotion, {"session": session, "view": word})
        for session in "AB"
        for who in ("F01", "M02")
        for code, emotion in _KDEF.items()
        for view, word in _VIEWS.items()
    ),
)

RAFD = Tree(
    "rafd",
    tuple(
        File(
            f"Rafd{angle}_{who}_Caucasian_{sex}_{word}_{gaze}.jpg",
            who,
            emotion,
            {"view": angle, "group": "Caucasian", "sex": sex, "gaze": gaze},
        )
        for angle in ("090", "045")
        for who, sex in (("01", "female"), ("03", "male"))
        for word, emotion in {
            "angry": "anger",
            "contemptuous": "contempt",
            "disgusted": "disgust",
            "fearful": "fear",
            "happy": "happiness",
            "neutral": "neutral",
            "sad": "sadness",
            "surprised": "surprise",
        }.items()
        for gaze in ("frontal", "left")
    ),
)

_RAVDESS = {
    "01": "neutral",
    "02": None,
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}

RAVDESS = Tree(
    "ravdess",
    tuple(
        File(
            f"Actor_{who}/01-01-{code}-{level}-01-02-{who}.mp4",
            who,
            emotion,
            {"channel": "speech", "intensity": word, "statement": "1", "repetition": "2"},
        )
        for who in ("01", "02")
        for code, emotion in _RAVDESS.items()
        for level, word in (("01", "normal"), ("02", "strong"))
        if not (code == "01" and level == "02")
    ),
    pictures=False,
)

CREMAD = Tree(
    "crema-d",
    tuple(
        File(f"VideoFlash/{who}_{said}_{code}_{level}{FLV}", who, emotion, {"sentence": said, "intensity": word})
        for who in ("1001", "1002")
        for code, emotion in {
            "ANG": "anger",
            "DIS": "disgust",
            "FEA": "fear",
            "HAP": "happiness",
            "NEU": "neutral",
            "SAD": "sadness",
        }.items()
        for said, level, word in (("DFA", "XX", "unspecified"), ("IEO", "HI", "high"))
    ),
    pictures=False,
)

_MMI = (("S042", "4", "happiness"), ("S042", "1", "anger"), ("S001", "6", "surprise"), ("S001", "2", "disgust"))


def session_xml(emotion: str, subject: str = "") -> str:
    """What lies beside MMI's clips."""
    who = f'<subject id="{int(subject[1:])}"/>' if subject else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<session id="1">{who}<Metatag Name="Emotion" '
        f'Value="{emotion}"/><onset>12</onset><apex>30</apex></session>'
    )


MMI = Tree(
    "mmi",
    tuple(
        File(f"Sessions/{1767 + n}/{who}-{n:03d}.avi", who, emotion, {"onset": "12", "apex": "30"})
        for n, (who, _, emotion) in enumerate(_MMI)
    ),
    pictures=False,
    others=tuple(
        (f"Sessions/{1767 + n}/session.xml", session_xml(code, who if n % 2 else ""))
        for n, (who, code, _) in enumerate(_MMI)
    ),
)

AFEW = Tree(
    "afew",
    tuple(
        File(f"{folder}/{spelled}/{number:06d}280.avi", "", emotion, {"part": part, "film": f"{number:06d}"})
        for start, (folder, part) in enumerate((("Train", "train"), ("Val", "validation")))
        for number, (emotion, spelled) in enumerate(
            ((e, s) for e, s in SPELLED.items() if e != "contempt"), start=46 + 100 * start
        )
    ),
    pictures=False,
)

SFEW = Tree(
    "sfew",
    tuple(
        File(f"{folder}/{spelled}/{title}_{number:09d}_00000005.png", "", emotion, {"part": part, "film": title})
        for start, (folder, part) in enumerate((("Train", "train"), ("Val", "validation")))
        for number, (emotion, spelled) in enumerate(SPELLED.items(), start=519240 + 100 * start)
        if emotion != "contempt"
        for title in ("AboutABoy", "Airheads")
    ),
)

NAMED = (JAFFE, KDEF, RAFD, RAVDESS, CREMAD, MMI, AFEW, SFEW)
"""All corpora whose clips are files; Oulu-CASIA's are folders (`put_oulu`)."""


def put_oulu(root: Path, light: tuple[str, ...] = ("Strong", "Weak"), frames: int = 3) -> Path:
    """Oulu-CASIA's cropped faces in visible light: two people, three expressions."""
    for room in light:
        for who in ("P001", "P002"):
            for emotion in ("Anger", "Happiness", "Sadness"):
                for n in range(frames):
                    put_media(root / "VL_Acropped" / room / who / emotion / f"{n:03d}.jpeg")
    return root


def put_oulu_sorted(root: Path, frames: int = 3) -> Path:
    """The same in folders by emotion, a folder for each person and light in them."""
    for room in ("Strong", "Weak"):
        for who in ("P001", "P002"):
            for emotion in ("Anger", "Happiness", "Sadness"):
                for n in range(frames):
                    put_media(root / emotion / f"{who}_{room}" / f"{n:03d}.jpeg")
    return root
