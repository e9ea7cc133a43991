"""Sentences about the reading of a photo or a clip, for the page and the command line alike."""

from __future__ import annotations

from fer_core.landmarks.track import N_LANDMARKS
from fer_core.live.prediction import MAX_FACES, Prediction
from fer_core.models.distribution import REST
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.opening import AnyBundle

RESTING_FACE = {
    "first frame": "Its first frame is taken as the resting face.",
    "guessed": "Its resting face is guessed.",
    "not needed": "The face is cut out, made level, and read as a picture; no resting face is needed.",
}


def found_words(said: Prediction) -> str:
    """How many frames and faces there were, and which resting face was used."""
    if not said.searched:
        return "One photo, read as it is: a face that was cut out already."
    resting = RESTING_FACE[said.neutral]
    if said.frames == 1:
        return f"One photo, {_faces(said.faces)}. {resting}"
    if said.neutral == "not needed":
        return f"{said.frames} frames; the last one with a face is read, frame {said.frame:g}. {resting}"
    return f"{said.frames} frames, a face in {said.found}. {resting}"


def rule_words(said: Prediction) -> str:
    """Which face is read."""
    if not said.searched:
        return "the picture as it is"
    if said.frames == 1:
        return "the largest"
    last = said.neutral == "not needed"
    return "the largest of the last frame with a face" if last else "the largest of each frame"


def shown_words(said: Prediction) -> str:
    """Which frame of a clip the landmarks are those of, and why this one."""
    return f"Frame {said.frame:.3g}: of those that were read, by itself it speaks most for {said.leading}."


def notes(bundle: AnyBundle, said: Prediction) -> list[str]:
    """What limits the reading, a sentence each: what of the file was not read, several faces, a cut face, a
    guessed resting face.
    """
    found = [*said.remarks, _several(said), _cut(said), _missing(said)]
    if said.neutral == "guessed":
        found.append("With a guessed resting face, probabilities are less reliable than with a known one.")
    if isinstance(bundle, ImageBundle):
        if REST not in bundle.emotions:
            found.append("This model knows no resting face, so it never answers rest.")
    elif bundle.calibration is None:
        found.append("This recogniser was never calibrated: its probabilities may be too high.")
    return [sentence for sentence in found if sentence]


def _several(said: Prediction) -> str:
    if not said.several:
        return ""
    if said.searched > 1 and said.neutral != "not needed":
        return (
            f"{_frames(said.several, said)} more than one face (up to {_number(said.faces)}); the largest of "
            "each frame is read, which may not be the same person throughout."
        )
    where = "The photo" if said.frames == 1 else f"Frame {said.frame:g}"
    return f"{where} shows {_faces(said.faces)}; only the largest is read, the one {_place(said)}."


def _cut(said: Prediction) -> str:
    if not said.cut:
        return ""
    if said.found == 1:
        return (
            f"The face is cut by the picture's edge: {said.outside} of its {N_LANDMARKS} landmarks lie "
            "outside and are guessed."
        )
    return f"In {said.cut} of {said.found} frames the face is cut by the picture's edge; landmarks outside are guessed."


def _missing(said: Prediction) -> str:
    without = said.searched - said.found
    if without <= 0:
        return ""
    if said.neutral == "not needed":
        return f"The {without} last frames show no face." if without > 1 else "The last frame shows no face."
    return f"{_frames(without, said)} no face; what is missing is filled from the frames around it."


def _place(said: Prediction) -> str:
    """Where the face that is read lies in the picture."""
    assert said.box is not None
    left, top, width, height = said.box
    return f"whose middle lies {left + width / 2:.0%} from the left and {top + height / 2:.0%} from the top"


def _frames(n: int, said: Prediction) -> str:
    return f"{n} of {said.searched} frames {'shows' if n == 1 else 'show'}"


def _faces(n: int) -> str:
    return "1 face" if n == 1 else f"{_number(n)} faces"


def _number(n: int) -> str:
    """As many as are sought may be more."""
    return f"at least {n}" if n == MAX_FACES else str(n)
