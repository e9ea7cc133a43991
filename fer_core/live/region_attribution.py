"""Which parts of the face a reading rests on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.landmarks import mesh
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.live.window import Seen, Window
from fer_core.live.window_classifier import LandmarkReader

FOREHEAD, EYES, CHEEKS, MOUTH, CHIN = "forehead", "around_eyes", "cheeks", "around_mouth", "chin"


def parts() -> dict[str, FloatArray]:
    """Which landmarks belong to each part of the face: float32 (468,) of 0 and 1; every one to one part.

    The mesh's own parts (eyes, brows, lips, nose, oval), and by its place on the template what lies
    between them: forehead, around the eyes, cheeks, around the mouth, chin.
    """
    left = np.ones(N_LANDMARKS, dtype=bool)
    found: dict[str, npt.NDArray[np.bool_]] = {}

    def take(name: str, members: npt.NDArray[np.bool_]) -> None:
        found[name] = members & left
        left[members] = False

    for name, index in mesh.regions().items():
        members = np.zeros(N_LANDMARKS, dtype=bool)
        members[index] = True
        take(name, members)
    x, y = mesh.template().T
    take(FOREHEAD, y < -0.12)
    take(EYES, y < 0.2)
    take(CHIN, y > 0.95)
    take(MOUTH, (np.abs(x) < 0.45) & (y > 0.5))
    take(CHEEKS, np.ones(N_LANDMARKS, dtype=bool))
    return {name: members.astype(np.float32) for name, members in found.items()}


def region_changes(
    reader: LandmarkReader, faces: tuple[Seen, ...], rest: FloatArray, seconds: float
) -> dict[str, float]:
    """Change of the leading emotion's log odds by each part of the face.

    Each part in turn is put back to where the resting face has it, in every frame of the window
    (occlusion; after Zeiler and Fergus, 2014); what the log odds lose is what the part speaks for.
    Positive: the part speaks for the emotion, negative: against it. The parts' values need not add
    up to the whole.
    """
    names, masks = list(parts()), np.stack(list(parts().values()))
    points = np.stack([f.points for f in faces])
    upright = reader.upright(points)
    moved = reader.moved(points, rest)
    kept = np.concatenate([np.ones((1, N_LANDMARKS), dtype=np.float32), 1 - masks])
    windows = []
    for mask in kept:
        part = mask[:, None]
        shown = reader.frame_features(points, moved * part, rest + (upright - rest) * part, faces[-1].aspect)
        window = Window(seconds)
        for face, features in zip(faces, shown, strict=True):
            window.add(face._replace(features=features))
        windows.append(window.sampled(reader.frames))
    log_odds = reader.log_odds(np.stack(windows))
    leading = int(log_odds[0].argmax())
    return {name: float(log_odds[0, leading] - row[leading]) for name, row in zip(names, log_odds[1:], strict=True)}
