"""Estimate the demo corpus's shape model from CK+, or check the demo corpus against it.

    python scripts/build_demo_model.py CKPLUS_PAIRS CKPLUS_SAMPLE CKPLUS48_NPZ [--out FILE.npz]
    python scripts/build_demo_model.py --check

CKPLUS_PAIRS   CK+ folder whose labelled clips have the neutral and the apex frame
CKPLUS_SAMPLE  CK+ folder with complete clips: timing, head motion, detector noise
CKPLUS48_NPZ   images, subject, sequence, frame, phase, emotion of CK+48 with neutral frames: contempt

Only means, truncated modes and variances are written; see docs/demo_corpus.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fer_core.base.emotions import SEVEN, SIX, canonical
from fer_core.datasets.base import Corpus
from fer_core.datasets.ckplus import open_ckplus
from fer_core.datasets.demo import open_demo
from fer_core.datasets.media import read_image
from fer_core.landmarks.detector import Landmarker, open_landmarker
from fer_core.landmarks.shape_estimate import Pairs, estimate, mirrored
from fer_core.landmarks.shape_model import asset_path, save_shape_model
from fer_core.landmarks.synthetic import draw_tracks

COMPLETE = 6
"""Frames a clip needs to say anything of timing and noise."""

FOLD_SEEDS = (0, 1)


def first_face(landmarker: Landmarker, image: np.ndarray, where: str) -> np.ndarray:
    """(468, 2) of the largest face; stops the script where there is none."""
    faces = landmarker.detect(image)
    if not faces:
        sys.exit(f"no face was found in {where}: leave this clip out of the folder")
    return faces[0]


def read_pairs(corpus: Corpus) -> Pairs:
    """Neutral and apex landmarks of each clip of the six emotions."""
    clips = [c for c in corpus.clips if c.emotion in SIX and len(c.frames) > 1 and c.starts_neutral]
    landmarker = open_landmarker("still")
    ends = [
        [first_face(landmarker, read_image(path), str(path)) for path in (c.frames[0], c.frames[-1])] for c in clips
    ]
    landmarker.close()
    points = np.array(ends, dtype=np.float64)
    emotion, subject = np.array([str(c.emotion) for c in clips]), np.array([c.subject for c in clips])
    return Pairs(points[:, 0], points[:, 1], emotion, subject)


def read_tracks(corpus: Corpus) -> list[np.ndarray]:
    """Landmarks of each frame of each complete clip, followed from frame to frame."""
    landmarker = open_landmarker("clip")
    tracks = []
    for clip in corpus.clips:
        if len(clip.frames) < COMPLETE:
            continue
        landmarker.reset()
        faces = [first_face(landmarker, read_image(path), str(path)) for path in clip.frames]
        tracks.append(np.array(faces, dtype=np.float64))
    landmarker.close()
    return tracks


def read_small(path: Path) -> tuple[Pairs, list[int]]:
    """Neutral and last apex landmarks of the 48-pixel clips, and the last frame numbers of contempt."""
    with np.load(path, allow_pickle=False) as stored:
        data = {k: stored[k] for k in stored.files}
    clips: dict[tuple[str, str], dict[str, int]] = {}
    for i in np.argsort(data["frame"], kind="stable"):  # the last apex frame stays
        key = (str(data["subject"][i]), str(data["sequence"][i]))
        clips.setdefault(key, {})[str(data["phase"][i])] = int(i)
    kept = [(k, c) for k, c in clips.items() if len(c) == 2 and str(data["emotion"][c["apex"]])]
    landmarker = open_landmarker("still")

    def face(i: int) -> np.ndarray:
        return first_face(landmarker, np.repeat(data["images"][i][..., None], 3, axis=2), f"image {i} of {path}")

    neutral, apex = (np.array([face(c[phase]) for _, c in kept], dtype=float) for phase in ("neutral", "apex"))
    landmarker.close()
    emotion = np.array([canonical(str(data["emotion"][c["apex"]])) for _, c in kept])
    ends = [int(data["frame"][c["apex"]]) for (_, c), e in zip(kept, emotion, strict=True) if e == "contempt"]
    return Pairs(neutral, apex, emotion, np.array([k[0] for k, _ in kept])), ends


def clip_lengths(corpus: Corpus, contempt: list[int]) -> dict[str, Any]:
    """Range of the frame count, and mean and s.d. of its logarithm per emotion."""
    frames = {e: [c.frame_numbers[-1] for c in corpus.clips if c.emotion == e] for e in SIX}
    frames["contempt"] = contempt
    logs = {e: np.log(frames[e]) for e in SEVEN}
    every = [n for e in SIX for n in frames[e]]
    return {
        "range": [min(every), max(every)],
        "log": {e: [round(float(v.mean()), 3), round(float(v.std(ddof=1)), 3)] for e, v in logs.items()},
    }


def linear_result(displacement: np.ndarray, emotion: np.ndarray, subject: np.ndarray) -> dict[str, Any]:
    """What PCA 40 and a shrunken LDA reach on aligned apex-minus-neutral displacement.

    Ten folds by subject, mirrored copies in training only, mean over `FOLD_SEEDS`. The confusion
    has rows = true, in shares, in the order of the emotions that occur in `SEVEN`.
    """
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.metrics import confusion_matrix, f1_score
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline

    x, flipped = displacement.reshape(len(emotion), -1), mirrored(displacement).reshape(len(emotion), -1)
    names = [e for e in SEVEN if e in set(emotion.tolist())]
    said = np.empty((len(FOLD_SEEDS), len(emotion)), dtype=emotion.dtype)
    for row, seed in enumerate(FOLD_SEEDS):
        folds = StratifiedGroupKFold(10, shuffle=True, random_state=seed).split(x, emotion, subject)
        for train, test in folds:
            pca = PCA(40, svd_solver="randomized", random_state=0)
            model = make_pipeline(pca, LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"))
            model.fit(np.concatenate([x[train], flipped[train]]), np.tile(emotion[train], 2))
            said[row, test] = model.predict(x[test])
    shares = np.mean([confusion_matrix(emotion, p, labels=names, normalize="true") for p in said], axis=0)
    return {
        "clips": len(emotion),
        "accuracy": float((said == emotion).mean()),
        "macro_f1": float(np.mean([f1_score(emotion, p, average="macro") for p in said])),
        "recall": {e: float(shares[i, i]) for i, e in enumerate(names)},
        "confusion": shares,
    }


def demo_pairs(seed: int = 0) -> Pairs:
    """First and last frame of each clip of the demo corpus."""
    corpus = open_demo(seed)
    tracks = draw_tracks(corpus)
    ends = np.array([tracks[c.clip_id].points[[0, -1]] for c in corpus.clips], dtype=np.float64)
    emotion, subject = (np.array([str(c.emotion) for c in corpus.clips]), np.array([c.subject for c in corpus.clips]))
    return Pairs(ends[:, 0], ends[:, 1], emotion, subject)


def only(pairs: Pairs, emotions: tuple[str, ...]) -> Pairs:
    """The clips that show one of the emotions."""
    i = np.isin(pairs.emotion, emotions)
    return Pairs(pairs.neutral[i], pairs.apex[i], pairs.emotion[i], pairs.subject[i])


def judge(pairs: Pairs) -> dict[str, Any]:
    """`linear_result` of pairs."""
    return linear_result(pairs.displacement(), pairs.emotion, pairs.subject)


def blends(six: dict[str, Any], small: dict[str, Any]) -> np.ndarray:
    """(7, 7) confusion: the six emotions' own at full resolution, contempt's row and column at 48 pixels."""
    at = [SEVEN.index(e) for e in SIX]
    contempt = SEVEN.index("contempt")
    out = np.array(small["confusion"])
    out[np.ix_(at, at)] = six["confusion"] * (1 - out[at, contempt])[:, None]
    return out


def build(pairs_folder: Path, sample_folder: Path, small_file: Path, out: Path) -> None:
    """Estimate the model and write the asset."""
    corpus = open_ckplus(pairs_folder)
    pairs, tracks = read_pairs(corpus), read_tracks(open_ckplus(sample_folder))
    small, contempt_ends = read_small(small_file)
    real, real_small = judge(pairs), judge(small)
    model = estimate(pairs, tracks, small, blends(real, real_small))
    facts = {
        "about": "means, truncated modes and variances of landmarks; no face; see docs/demo_corpus.md",
        "made_by": "scripts/build_demo_model.py",
        "estimated_from": {
            "pairs": [len(pairs.subject), len(set(pairs.subject.tolist()))],
            "complete": len(tracks),
            "at_48_pixels": [len(small.subject), len(set(small.subject.tolist()))],
        },
        "lengths": clip_lengths(corpus, contempt_ends),
        "linear_on_real": {"six": plain(real), "seven_at_48_pixels": plain(real_small)},
    }
    save_shape_model(model, out, facts)
    print(f"{out}: {out.stat().st_size / 1024:.0f} KB", file=sys.stderr)


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """A `linear_result` without its confusion, rounded, for JSON."""
    recall = {e: round(v, 3) for e, v in result["recall"].items()}
    return {k: round(result[k], 3) for k in ("clips", "accuracy", "macro_f1")} | {"recall": recall}


def check(seeds: tuple[int, ...]) -> None:
    """Print the linear classifier's results on the demo corpus beside those on real clips."""
    facts = json.loads(asset_path().with_suffix(".json").read_text(encoding="utf-8"))
    columns = {"real, six": facts["linear_on_real"]["six"], "real 48 px": facts["linear_on_real"]["seven_at_48_pixels"]}
    for seed in seeds:
        demo = demo_pairs(seed)
        columns |= {f"demo {seed}, six": plain(judge(only(demo, SIX))), f"demo {seed}": plain(judge(demo))}
    print(" " * 12 + "".join(f"{name:>14}" for name in columns))
    for key in ("clips", "accuracy", "macro_f1"):
        print(f"{key:12}" + "".join(f"{c[key]:14}" for c in columns.values()))
    for e in SEVEN:
        print(f"{e:12}" + "".join(f"{c['recall'].get(e, '–'):>14}" for c in columns.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="CKPLUS_PAIRS CKPLUS_SAMPLE CKPLUS48_NPZ")
    parser.add_argument("--out", type=Path, default=asset_path(), help="the asset to write (.npz)")
    parser.add_argument("--check", action="store_true", help="compare demo and real difficulty")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="demo corpora to check")
    given = parser.parse_args()
    if given.check:
        check(tuple(given.seeds))
    elif len(given.paths) == 3:
        build(*given.paths, given.out)
    else:
        parser.error("name the three sources, or --check")


if __name__ == "__main__":
    main()
