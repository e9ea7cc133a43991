"""The audit finds planted copies and people, keeps them out, and leaves clean splits alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import LeakError, ProtocolError, SettingError
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.images.sources import ArraySource
from fer_core.study.image_design import ImageDesign
from fer_core.training.images.leaks import allowed, audit_images, official_copies
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.scan_pictures import look_at
from fer_core.training.images.splits_with_audit import Parted, part

from .image_samples import corpus, quick

FER2013 = "fer2013_train_public.npz"


def with_copies(c: ImageCorpus, of: dict[int, np.ndarray]) -> ImageCorpus:
    """The corpus with some pictures replaced."""
    images = np.array(c.source.images)  # type: ignore[attr-defined]
    for k, picture in of.items():
        images[k] = picture
    return replace(c, source=ArraySource(images))


@pytest.fixture
def copied() -> ImageCorpus:
    """60 to train on, 12 tested; of training, two are exact copies of tested ones, one is in the mirror, one
    brighter, and one a copy of that brighter one with more noise."""
    c = corpus(60, 12, seed=1)
    p = np.array(c.source.images)  # type: ignore[attr-defined]
    brighter = np.clip(p[63].astype(int) + 20, 0, 255).astype(np.uint8)
    return with_copies(c, {3: p[60], 4: p[61], 5: p[62][:, ::-1], 6: brighter})


def parted(c: ImageCorpus, **how: object) -> Parted:
    allow = how.pop("allow", ())
    keep = bool(how.pop("keep_copies", False))
    return part(c, look_at(c), ImageDesign((quick(**how),)), allow, keep_copies=keep)  # type: ignore[arg-type]


# --- copies across an official split -------------------------------------------------------------------


def test_copies_of_tested_pictures_are_left_out_of_training_and_counted(copied: ImageCorpus) -> None:
    found = parted(copied)
    assert found.copies is not None
    assert (found.copies.found, found.copies.exact, found.copies.near) == (4, 3, 1)
    assert (found.copies.mirrored, found.copies.left_out, found.copies.of) == (1, 4, 60)
    (split,) = found.splits[0]
    assert not {3, 4, 5, 6} & {*split.train.tolist(), *split.validation.tolist()}
    assert len(split.train) + len(split.validation) == 56
    assert len(split.test) == 12, "the tested side stays as it is"
    assert found.leaks == ()
    assert "4 of 60 training pictures are copies" in found.copies.words and "left out" in found.copies.words


def test_kept_copies_are_named_as_leaks(copied: ImageCorpus) -> None:
    found = parted(copied, keep_copies=True)
    (split,) = found.splits[0]
    assert {3, 4, 5, 6} <= {*split.train.tolist(), *split.validation.tolist()}
    assert {f.rule: f.count for f in found.leaks} == {"near-duplicate": 3, "mirrored-or-augmented-copy": 1}
    assert "train/3 and validation/60" in found.leaks[0].examples
    assert found.copies is not None and found.copies.left_out == 0
    assert "trained on" in found.copies.words


def test_without_leaving_them_out_the_audit_refuses(copied: ImageCorpus) -> None:
    (split,) = parted(copied, keep_copies=True).splits[0]
    looked = look_at(copied)
    leaks = audit_images(copied, [split], looked)
    with pytest.raises(LeakError, match="--allow-leak near-duplicate"):
        allowed(leaks, (), keep_copies=False)
    with pytest.raises(SettingError, match="no leak rule"):
        allowed([], ("near-duplicates",), keep_copies=True)


def test_another_label_on_a_copy_is_counted(copied: ImageCorpus) -> None:
    labels = copied.emotion.copy()
    labels[3] = "anger" if labels[60] != "anger" else "surprise"
    _, found = official_copies(replace(copied, emotion=labels), look_at(copied), keep=False)
    assert found.other_label == 1 + sum(copied.emotion[a] != copied.emotion[b] for a, b in ((4, 61), (5, 62), (6, 63)))


def test_copies_on_an_official_validation_side_are_left_out_too() -> None:
    c = corpus(60, 12, test=12, seed=2)
    p = c.source.images  # type: ignore[attr-defined]
    found = parted(with_copies(c, {2: p[75], 62: p[76]}))
    (split,) = found.splits[0]
    assert 2 not in split.train and 62 not in split.validation
    assert found.copies is not None and (found.copies.found, found.copies.of) == (2, 72)


@pytest.mark.parametrize("seed", range(5))
def test_a_clean_corpus_raises_no_alarm(seed: int) -> None:
    found = parted(corpus(60, 12, seed=seed))
    assert found.copies is not None and found.copies.found == 0 and found.copies.words == ""
    assert found.leaks == () and found.unread == ()
    assert len(found.splits[0][0].test) == 12


def test_a_training_side_that_is_all_copies_is_said() -> None:
    c = corpus(12, 12)
    p = c.source.images  # type: ignore[attr-defined]
    with pytest.raises(ProtocolError):
        parted(with_copies(c, {k: p[12 + k] for k in range(12)}))


# --- folds ---------------------------------------------------------------------------------------------


def test_folds_keep_copies_together(copied: ImageCorpus) -> None:
    c = replace(copied, part=np.full(len(copied), ""))
    found = parted(c, protocol="kfold", folds=4)
    assert found.copies is None and found.leaks == ()
    for s in found.splits[0]:
        for a, b in ((3, 60), (4, 61), (5, 62), (6, 63)):
            assert (a in s.test) == (b in s.test)


def test_people_on_both_sides_are_refused_unless_named() -> None:
    c = corpus(120, 0, people=20)
    with pytest.raises(LeakError, match="20 subjects on both sides"):
        parted(c, protocol="kfold", folds=3)
    found = parted(c, protocol="kfold", folds=3, allow=("subject-on-both-sides",))
    assert [(f.rule, f.count, f.where) for f in found.leaks] == [("subject-on-both-sides", 20, "in 3 of 3 folds")]
    assert parted(c, protocol="subject-kfold", folds=3).leaks == ()


def test_people_across_an_official_split_are_found() -> None:
    with pytest.raises(LeakError, match="P00"):
        parted(corpus(60, 12, people=12))


# --- pictures that cannot be read ----------------------------------------------------------------------


def test_an_unreadable_picture_stands_on_no_side_and_is_named() -> None:
    c = corpus(60, 12)
    broken = replace(c, position=np.where(np.isin(np.arange(72), (7, 65)), 999, c.position))
    for how in ({}, {"protocol": "kfold", "folds": 3}):
        found = parted(broken, **how)
        for s in found.splits[0]:
            assert not {7, 65} & set(np.concatenate([s.train, s.validation, s.test]).tolist())
        assert {o.where for o in found.unread} == {"train/7", "validation/65"}
        assert all("no such image" in o.why for o in found.unread)


# --- nothing is fitted on the tested side --------------------------------------------------------------


def test_garbage_on_the_tested_side_changes_nothing_that_is_fitted() -> None:
    from fer_core.training.images.fit import fit_images

    c = corpus(60, 12)
    labels = c.emotion.copy()
    labels[60:] = "anger"
    garbage = replace(with_copies(c, {k: np.full((24, 24), 3 * k, np.uint8) for k in range(60, 72)}), emotion=labels)
    split = ImageSplit(0, np.arange(48), np.arange(48, 60), np.arange(60, 72), "validation")
    condition = quick(balancing="simple")
    one, other = (fit_images(x, condition, split, 5) for x in (c, garbage))
    assert one.history.train == other.history.train and one.history.validation == other.history.validation
    for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


# --- the real thing ------------------------------------------------------------------------------------


def test_fer2013s_training_part_holds_copies_of_its_public_test(shared_data: Path) -> None:
    """On a part of it: the tested pictures named in docs/leak_audit.md, and training pictures around them."""
    if not (shared_data / FER2013).is_file():
        pytest.skip("FER2013 is not on this machine")
    c = open_images(shared_data / FER2013)
    at = np.concatenate([np.arange(600), c.of_part("validation")])
    c = c.take(at)
    _, found = official_copies(c, look_at(c), keep=False)
    assert found.examples[0] == "Training/78 and PublicTest/29267"
    assert 5 <= found.exact <= 20, found
