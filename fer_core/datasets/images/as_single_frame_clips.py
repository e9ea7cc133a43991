"""Images as a corpus of clips of one frame, for what reads clips: landmarks are found in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError
from fer_core.base.paths import cache_dir
from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.images.base import Image, ImageCorpus
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.files import whole_files


def clips_of(corpus: ImageCorpus, positions: npt.NDArray[np.integer]) -> Corpus:
    """Clips of one frame, which do not begin with a neutral face, named as the images.

    Images that lie in an array are written as PNG files into the cache, once for each content.
    Those that cannot be read become omissions.

    Raises
    ------
    OSError
        Where the cache has no room.
    """
    tally = Tally()
    folder = cache_dir() / "stills" / corpus.source.key
    clips = []
    for k in positions.tolist():
        try:
            file = _file(corpus, int(corpus.position[k]), folder)
        except MediaError as error:
            tally.leave(str(corpus.item[k]), error.what, error.fix)
            continue
        clips.append(
            Clip(
                str(corpus.item[k]),
                str(corpus.subject[k]),
                str(corpus.emotion[k]),
                (file,),
                (1,),
                starts_neutral=False,
                subject_known=corpus.subjects_known,
            )
        )
    left: tuple[Omission, ...] = tally.omissions()
    return Corpus(
        corpus.name, corpus.format, corpus.root, tuple(clips), omissions=left, synthetic=False, note=corpus.note
    )


def _file(corpus: ImageCorpus, position: int, folder: Path) -> Path:
    if isinstance(corpus.source, FileSource):
        return corpus.source.path(position)
    file = folder / f"{position}.png"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        _write(corpus.source.read(position), file)
    return file


def _write(image: Image, file: Path) -> None:
    import cv2

    shown = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", shown)
    if not done:
        raise MediaError("the image cannot be written as a PNG file", where=file.name)
    whole_files.write_bytes(file, data.tobytes())
