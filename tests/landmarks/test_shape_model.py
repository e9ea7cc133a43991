"""The demo corpus's landmarks: a plausible face, repeatable, as hard as CK+; and the asset behind them."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fer_core.base.emotions import SEVEN, SIX
from fer_core.base.errors import LandmarkError
from fer_core.datasets.demo import open_demo
from fer_core.landmarks import shape_estimate
from fer_core.landmarks.shape_estimate import Pairs, in_template, mirrored, symmetric
from fer_core.landmarks.shape_model import asset_path, load_shape_model, onset_curve, save_shape_model
from fer_core.landmarks.synthetic import ASPECT, draw_tracks
from fer_core.landmarks.track import Track

REPOSITORY = Path(__file__).resolve().parents[2]

RIGHT_EYE, LEFT_EYE, NOSE, UPPER_LIP, LOWER_LIP, CHIN = 33, 263, 1, 13, 14, 152


@pytest.fixture(scope="module")
def tracks() -> dict[str, Track]:
    return draw_tracks(open_demo())


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_demo_model", REPOSITORY / "scripts/build_demo_model.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_clip_is_drawn_with_a_face_in_every_frame_but_a_few(tracks: dict[str, Track]) -> None:
    corpus = open_demo()
    assert list(tracks) == [c.clip_id for c in corpus.clips]
    for clip in corpus.clips:
        track = tracks[clip.clip_id]
        assert track.points.shape == (len(clip.frame_numbers), 468, 2)
        assert track.points.dtype == np.float32
        assert np.isfinite(track.points[track.found]).all()
        assert np.isnan(track.points[~track.found]).all()
        assert (track.faces == track.found).all()
        assert track.found[[0, -1]].all()
        assert track.share_found > 0.8
    missed = [t for t in tracks.values() if not t.found.all()]
    assert 10 <= len(missed) <= 60


def test_faces_are_upright_and_inside_the_image(tracks: dict[str, Track]) -> None:
    p = np.concatenate([t.points[t.found] for t in tracks.values()])
    eyes = p[:, LEFT_EYE] - p[:, RIGHT_EYE]
    assert (eyes[:, 0] > 0.2).all()  # the person's left eye is on the image's right
    assert (np.abs(eyes[:, 1]) < 0.3 * eyes[:, 0]).all()
    brow_to_chin = p[:, [RIGHT_EYE, NOSE, UPPER_LIP, CHIN], 1]
    assert (np.diff(brow_to_chin, axis=1) > 0).all()
    assert p[..., 0].min() > 0
    assert p[..., 0].max() < ASPECT
    assert p[..., 1].min() > 0
    assert p[..., 1].max() < 1.05  # a wide-open mouth may leave the image below, as in CK+


def test_expressions_go_where_they_should(tracks: dict[str, Track]) -> None:
    """Independent of the model's own numbers: what the field says of each face (FACS action units)."""
    corpus = open_demo()
    moved = {e: [] for e in SEVEN}
    for clip in corpus.clips:
        first, last = in_template(tracks[clip.clip_id].points[[0, -1]].astype(float))
        moved[str(clip.emotion)].append(last - first)
    mean = {e: np.mean(m, axis=0) for e, m in moved.items()}
    opened = {e: m[LOWER_LIP, 1] - m[UPPER_LIP, 1] for e, m in mean.items()}
    assert max(opened, key=opened.__getitem__) == "surprise"  # AU 26: the jaw drops
    widened = {e: m[291, 0] - m[61, 0] for e, m in mean.items()}
    assert max(widened, key=widened.__getitem__) == "happiness"  # AU 12: mouth corners pulled out
    assert mean["happiness"][[61, 291], 1].max() < 0  # ... and up
    assert mean["sadness"][[61, 291], 1].min() > mean["happiness"][[61, 291], 1].max()
    brow = {e: m[[105, 334], 1].mean() for e, m in mean.items()}
    assert brow["surprise"] < 0 < brow["anger"]  # AU 1+2 raise, AU 4 lowers the brow


def test_same_seed_same_landmarks_whatever_else_is_drawn(tracks: dict[str, Track]) -> None:
    some = ["D050/001", "D007/001"]
    alone = draw_tracks(open_demo(), only=some)
    assert set(alone) == set(some)
    for clip in some:
        np.testing.assert_array_equal(alone[clip].points, tracks[clip].points)
    other = draw_tracks(open_demo(1), only=some)
    assert not np.array_equal(other[some[0]].points[0], tracks[some[0]].points[0])


def test_draw_is_the_same_in_another_process(tracks: dict[str, Track]) -> None:
    """`hash` of a string differs between processes; nothing drawn may hang on it."""
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from fer_core.datasets.demo import open_demo\n"
        "from fer_core.landmarks.synthetic import draw_tracks\n"
        "print(repr(float(draw_tracks(open_demo(), ['D001/001'])['D001/001'].points[-1].sum(dtype='f8'))))\n"
        "assert not {'scipy', 'mediapipe', 'tensorflow', 'cv2'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(float(tracks["D001/001"].points[-1].sum(dtype="f8")), abs=1e-9)


def test_clips_of_a_subject_show_one_face_and_those_of_others_another(tracks: dict[str, Track]) -> None:
    clips = open_demo().clips[:120]
    neutral = in_template(np.array([tracks[c.clip_id].points[0] for c in clips], dtype=float))
    subject = np.array([c.subject for c in clips])
    apart = np.array([np.sqrt(((neutral - one) ** 2).sum(axis=(1, 2))) for one in neutral])
    alike = np.equal.outer(subject, subject)
    same = alike & ~np.eye(len(subject), dtype=bool)
    assert np.median(apart[same]) < 0.6 * np.median(apart[~alike])


def test_expressions_rise_from_neutral_to_apex(tracks: dict[str, Track]) -> None:
    halves = []
    for clip in open_demo().only(("surprise",)).clips:
        face = in_template(tracks[clip.clip_id].points[tracks[clip.clip_id].found].astype(float))
        moved = face - face[0]
        course = (moved * moved[-1]).sum(axis=(1, 2)) / (moved[-1] ** 2).sum()
        assert course[0] == 0
        assert abs(course[1]) < 0.8
        halves.append((course > 0.5).argmax() / (len(course) - 1))
    assert 0.25 < np.median(halves) < 0.65
    assert np.std(halves) > 0.08  # clips differ in their timing


def test_only_a_synthetic_corpus_is_drawn() -> None:
    with pytest.raises(LandmarkError, match="only the demo corpus"):
        draw_tracks(replace(open_demo(), synthetic=False))


def test_onset_curve_runs_from_0_to_1() -> None:
    t = np.linspace(0, 1, 30)
    for centre, width in [(0.05, 0.03), (0.5, 0.1), (0.95, 0.4)]:
        a = onset_curve(t, centre, width)
        assert a[0] == 0
        assert a[-1] == pytest.approx(1)
        assert (np.diff(a) > -1e-12).all()
    assert onset_curve(np.array([0.3]), 0.3, 0.03)[0] == pytest.approx(0.5, abs=1e-3)


# ── the asset ──


def test_asset_is_small_and_holds_no_objects() -> None:
    path = asset_path()
    assert path.stat().st_size < 1_000_000
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[k].dtype == np.float32 for k in stored.files)
        rows = sum(stored[k].size for k in stored.files if stored[k].shape[-2:] == (468, 2)) / 936
    people = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["estimated_from"]["pairs"][1]
    assert rows < 0.75 * people  # fewer shapes than people: no face can be taken out again


def test_means_are_mirror_symmetric_and_modes_are_even_or_odd() -> None:
    model = load_shape_model()
    for shape in (model.mean_face, *model.expression_means):
        np.testing.assert_allclose(mirrored(shape), shape, atol=1e-5)
    for mode in (*model.identity_modes[:10], *model.expression_modes[:10]):
        parity = float((mode * mirrored(mode)).sum() / (mode**2).sum())
        assert abs(abs(parity) - 1) < 0.02


def test_no_mode_can_leave_its_bounds() -> None:
    model = load_shape_model()
    assert ((model.identity_share >= 0) & (model.identity_share <= 1)).all()
    assert 0 <= model.style_share <= 1
    assert (model.blend.diagonal() == 0).all()
    assert (model.blend.sum(axis=1) < 0.5).all()
    assert (np.linalg.eigvalsh(np.einsum("eij,ekj->eik", model.style, model.style)) > 0).all()


def test_a_damaged_asset_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(LandmarkError, match="cannot be read"):
        load_shape_model(path)
    save_shape_model(load_shape_model(), path, {})
    load_shape_model(path)
    other = tmp_path / "old.npz"
    save_shape_model(load_shape_model(), other, {"version": 99})
    with pytest.raises(LandmarkError, match="version 99"):
        load_shape_model(other)
    short = tmp_path / "short.npz"
    save_shape_model(load_shape_model(), short, {})
    short.write_bytes(short.read_bytes()[:2000])
    with pytest.raises(LandmarkError, match="cannot be read"):
        load_shape_model(short)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    model = load_shape_model()
    save_shape_model(model, tmp_path / "again.npz", {})
    again = load_shape_model(tmp_path / "again.npz")
    assert again.emotions == model.emotions
    np.testing.assert_array_equal(again.style, model.style)


def test_shapes_that_do_not_fit_are_refused() -> None:
    model = load_shape_model()
    with pytest.raises(LandmarkError, match="style of the shape model"):
        replace(model, style=model.style[:3])


# ── difficulty ──


def test_it_is_about_as_hard_as_ckplus(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real, six emotions: accuracy .918, macro-F1 .884. Neither trivial nor impossible; hard where CK+ is."""
    monkeypatch.setattr(script, "FOLD_SEEDS", (0,))
    result = script.judge(script.demo_pairs(0))
    assert 0.83 < result["accuracy"] < 0.96
    assert 0.78 < result["macro_f1"] < 0.94
    recall = result["recall"]
    assert recall["fear"] + recall["sadness"] < recall["happiness"] + recall["surprise"] - 0.15
    assert min(recall[e] for e in ("happiness", "surprise", "disgust")) > 0.85
    assert all(0.4 < recall[e] < 0.95 for e in ("fear", "sadness"))


# ── estimation ──


def planted(generator: np.random.Generator, people: int = 40) -> tuple[Pairs, np.ndarray]:
    """Pairs with known means: each emotion moves one coordinate of the template by its own amount."""
    from fer_core.landmarks.mesh import template

    truth = np.zeros((len(SEVEN), 468, 2))
    for i in range(len(SEVEN)):
        truth[i, [61, 291], 1] = 0.02 * (i + 1)
    emotion = np.tile(np.array(SEVEN), people)
    subject = np.repeat([f"S{i:03d}" for i in range(people)], len(SEVEN))
    # an identity that leaves the anchors alone, so that alignment cannot move it elsewhere
    jaw = np.zeros((468, 2))
    jaw[152, 1] = 1.0
    face = template() + np.repeat(0.05 * generator.standard_normal(people), len(SEVEN))[:, None, None] * jaw
    apex = face + truth[[SEVEN.index(e) for e in emotion]] + 0.002 * generator.standard_normal((len(emotion), 468, 2))
    turn = np.exp(1j * generator.normal(0, 0.1, (len(emotion), 1))) * 0.3

    def placed(points: np.ndarray) -> np.ndarray:
        z = turn * (points[..., 0] + 1j * points[..., 1]) + 0.6 + 0.5j
        return np.stack([z.real, z.imag], axis=-1)

    return Pairs(placed(face), placed(apex), emotion, subject), truth


def test_planted_means_and_identity_are_found_again() -> None:
    generator = np.random.default_rng(0)
    pairs, truth = planted(generator)
    six = np.isin(pairs.emotion, SIX)
    larger = Pairs(pairs.neutral[six], pairs.apex[six], pairs.emotion[six], pairs.subject[six])
    tracks = [draw_tracks(open_demo(), [i])[i].points.astype(float) for i in ("D050/001", "D060/001", "D070/001")]
    tracks = [t[np.isfinite(t).all(axis=(1, 2))] for t in tracks]
    model = shape_estimate.estimate(larger, tracks, pairs, np.full((7, 7), 0.05))
    for i, e in enumerate(SEVEN):
        found = model.expression_means[i]
        assert found[61, 1] == pytest.approx(truth[i, 61, 1], abs=0.003), e
        assert np.abs(found[NOSE]).max() < 0.003
    first = model.identity_modes[0]
    assert np.abs(first[152, 1]) == pytest.approx(0.05, rel=0.3)
    assert model.identity_share[0] > 0.95  # the jaw is the person's in every clip
    assert (model.blend.diagonal() == 0).all()


def test_share_of_the_subject_is_found_again() -> None:
    generator = np.random.default_rng(1)
    subject = np.repeat(np.arange(400), 3)
    own, fresh = generator.standard_normal((400, 2)), generator.standard_normal((1200, 2))
    share = np.array([0.0, 0.6])
    scores = np.sqrt(share) * own[subject] + np.sqrt(1 - share) * fresh
    np.testing.assert_allclose(shape_estimate.shared_by_subject(scores, subject.astype(str)), share, atol=0.07)


def test_symmetric_part_is_its_own_mirror_image() -> None:
    shape = np.random.default_rng(2).standard_normal((468, 2))
    half = symmetric(shape)
    np.testing.assert_allclose(mirrored(half), half)
    np.testing.assert_allclose(mirrored(mirrored(shape)), shape)


def test_asset_is_what_the_script_makes_of_ckplus(shared_data: Path, script: ModuleType) -> None:
    """A third of the pairs, estimated again: the shipped means and modes are theirs, to sampling error."""
    from fer_core.datasets.ckplus import open_ckplus

    corpus = open_ckplus(shared_data / "ckplus_pairs")
    pairs = script.read_pairs(replace(corpus, clips=corpus.clips[::3]))
    model = load_shape_model()
    moved = pairs.displacement()
    for e in SIX:
        seen = symmetric(moved[pairs.emotion == e].mean(axis=0))
        kept = model.expression_means[model.emotions.index(e)]
        alike = float((seen * kept).sum() / np.linalg.norm(seen) / np.linalg.norm(kept))
        assert alike > (0.8 if e == "sadness" else 0.9), e
    neutral = in_template(pairs.neutral)
    np.testing.assert_allclose(symmetric(neutral.mean(axis=0)), model.mean_face, atol=0.03)
    left = neutral - model.mean_face
    scores = shape_estimate.mode_scores(left, model.identity_modes)
    told = np.tensordot(scores, model.identity_modes, axes=1)
    assert ((left - told) ** 2).sum() < 0.01 * (left**2).sum()
    lengths = json.loads(asset_path().with_suffix(".json").read_text(encoding="utf-8"))["lengths"]["log"]
    for e in SIX:
        real = np.log([c.frame_numbers[-1] for c in corpus.clips if c.emotion == e])
        assert lengths[e] == pytest.approx([real.mean(), real.std(ddof=1)], abs=0.001)
