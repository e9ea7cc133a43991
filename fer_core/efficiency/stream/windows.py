"""One window through six classifiers: ``Model.predict``, direct calls, our pass, side by side in one run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.matrix_threads import use_one_matrix_thread
from fer_core.base.paths import bundles_dir
from fer_core.base.progress import Progress, silent
from fer_core.datasets.demo import open_demo
from fer_core.efficiency.stream.keras_window import keras_models
from fer_core.landmarks.extract import extract, track_of
from fer_core.landmarks.track import FloatArray
from fer_core.live.settings import LiveSettings
from fer_core.live.stream import LiveStream
from fer_core.live.window import Seen, Window
from fer_core.live.window_classifier import LandmarkReader
from fer_core.models.bundle import Bundle, load_bundle
from fer_core.models.forward import probabilities
from fer_core.studies.efficiency.side_by_side import cores, load_before, quantiles, ratio

FPS, ASPECT = 30, 4 / 3
"""Of the stream that is read."""
EACH_TURN = 25
"""Frames read by each of our ways per turn, for one window by the others, which take far longer."""
WARM = 3


def compare(turns: int = 40, bundle: Bundle | None = None, *, progress: Progress = silent) -> dict[str, Any]:
    """The ways in turn; ``bundle`` defaults to the shipped one.

    Returns
    -------
    Plain data. Six classifiers are the bundle's first network of each emotion, without the mirror image.

    - ``p50_ms``, ``p95_ms``: our pass, from a frame's landmarks to probabilities: features of the newest
      frame, the window's interpolation, six classifiers, calibration
    - ``ratio_predict``, ``ratio_call``: six ``Model.predict(x, verbose=0)`` and six ``model(x,
      training=False)`` on a finished window of features, over our pass (its median within the turn);
      medians over the turns, ``[lowest, highest]`` beside them
    - ``predict_p50_ms``, ``call_p50_ms``
    - ``bundle_p50_ms``, ``bundle_p95_ms``: our pass with all members and the mirror image
    - ``reading_p50_ms``, ``reading_p95_ms``: `LiveStream.feed_faces` with the whole bundle: the same and
      identities, the running resting face, smoothing, decision, words, statistics
    - ``largest_difference``: between outputs of the Keras models and of ours for the same windows

    Raises
    ------
    SettingError
        For fewer than one turn.
    """
    if turns < 1:
        raise SettingError("turns are 1 or more", fix="choose a sensible value")
    whole = bundle or load_bundle(bundles_dir() / "ckplus-live")
    six, load = one_network_each(whole), load_before()
    r, windows = six.recogniser, _windows(six)
    ours: dict[str, Pass | Reading] = {"": Pass(six), "bundle_": Pass(whole), "reading_": Reading(whole)}
    frames: dict[str, list[float]] = {name: [] for name in ours}
    theirs, apart = [], 0.0
    with keras_models(r.shape, r.weights, six.frames) as models:
        for turn in range(-WARM, turns):
            progress(turn + WARM, turns + WARM, "measuring")
            x = windows[turn % len(windows)][None]
            answer = models.classify(x)
            mine = probabilities(r.weights, x, r.shape.architecture)[0]
            apart = max(apart, float(np.abs(mine - answer.outputs).max()))
            block = {name: [way.frame() for _ in range(EACH_TURN)] for name, way in ours.items()}
            if turn >= 0:
                theirs.append(answer)
                for name, each in block.items():
                    frames[name] += each
    middle = np.median(np.array(frames[""]).reshape(turns, EACH_TURN), axis=1)
    predict, call = (np.array([getattr(a, way) for a in theirs]) for way in ("predict", "call"))
    return {
        "turns": turns,
        "frames": len(frames[""]),
        "classifiers": len(six.emotions),
        "cores": cores(),
        "load_before": load,
        "architecture": r.shape.architecture,
        "inputs": r.shape.inputs,
        **ratio("ratio_predict", predict, middle),
        **ratio("ratio_call", call, middle),
        **quantiles(np.array(frames[""])),
        "predict_p50_ms": float(np.median(predict)),
        "call_p50_ms": float(np.median(call)),
        "bundle": whole.name,
        "bundle_classifiers": whole.recogniser.members * len(whole.emotions),
        "bundle_mirrored": whole.recogniser.mirrored,
        **quantiles(np.array(frames["bundle_"]), "bundle_"),
        **quantiles(np.array(frames["reading_"]), "reading_"),
        "largest_difference": apart,
    }


class Pass:
    """What a stream does for every face: features of the newest frame, window, classifiers."""

    def __init__(self, bundle: Bundle) -> None:
        use_one_matrix_thread()
        self._reader = LandmarkReader(bundle)
        self._window = Window(LiveSettings().window)
        self._faces, self._n = cycle(demo_faces()), 0
        self._rest = self._reader.upright(next(self._faces)[None])[0]

    def frame(self) -> float:
        """Milliseconds for the next frame."""
        face, reader = next(self._faces)[None], self._reader
        self._n += 1
        begun = time.perf_counter()
        moved = reader.moved(face, self._rest)
        features = reader.frame_features(face, moved, reader.upright(face), ASPECT)[0]
        self._window.add(Seen(self._n / FPS, face[0], ASPECT, features))
        reader.probabilities(reader.log_odds(self._window.sampled(reader.frames)[None]))
        return 1e3 * (time.perf_counter() - begun)


class Reading:
    """A whole stream whose faces are known already."""

    def __init__(self, bundle: Bundle) -> None:
        self._stream = LiveStream(bundle, NoDetector())
        self._faces, self._n = cycle(demo_faces()), 0

    def frame(self) -> float:
        """Milliseconds for the next frame."""
        face = [next(self._faces)]
        self._n += 1
        begun = time.perf_counter()
        self._stream.feed_faces(face, self._n / FPS, ASPECT)
        return 1e3 * (time.perf_counter() - begun)


class NoDetector:
    """Stands where a stream wants a landmarker; its faces are known already."""

    name = "none"

    def detect(self, image: object) -> list[FloatArray]:
        """No face."""
        return []

    def reset(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to free."""


def one_network_each(bundle: Bundle) -> Bundle:
    """The bundle with one network per emotion and without the mirror image."""
    r = bundle.recogniser
    first = {name: array[: len(r.emotions)] for name, array in r.weights.items()}
    return replace(bundle, recogniser=replace(r, members=1, mirrored=False, weights=first))


def demo_faces() -> Iterator[FloatArray]:
    """Faces (468, 2) of the demo corpus's first clips, forth and back, so that none jumps far."""
    corpus = open_demo()
    for clip in corpus.clips[:8]:
        track = track_of(corpus, clip)
        points = track.points[track.found]
        yield from points
        yield from points[::-1]


def _windows(bundle: Bundle) -> FloatArray:
    """Windows (n, P, inputs) of features, as the classifiers get them."""
    corpus = open_demo()
    few = extract(replace(corpus, clips=corpus.clips[:16]))
    return bundle.recogniser.features.transform(few)
