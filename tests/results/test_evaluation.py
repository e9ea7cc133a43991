"""Judging a bundle on a corpus: seen subjects stay out, and what is left out is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from samples import THREE, demo_part, tiny_bundle

from fer_core.base.errors import CorpusError, ProtocolError
from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.models.bundle import Bundle
from fer_core.results.evaluation import evaluate_bundle


def trained_on(subjects: list[str], format: str = "demo") -> Bundle:
    training = {"corpus": {"name": "x", "format": format, "synthetic": True, "note": ""}, "subjects": subjects}
    return replace(tiny_bundle(), training=training)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return demo_part(12)


def test_subjects_the_bundle_was_trained_on_are_left_out(corpus: Corpus) -> None:
    seen = list(corpus.subjects[:5])
    result = evaluate_bundle(trained_on(seen), corpus)
    assert result["subjects"] == len(corpus.subjects) - 5
    left = sum(c.subject in seen for c in corpus.clips)
    assert any(str(left) in note and "left out" in note for note in result["notes"])
    assert result["protocol"] == "bundle on unseen subjects"


def test_they_count_only_where_asked_for_and_the_protocol_says_so(corpus: Corpus) -> None:
    result = evaluate_bundle(trained_on(list(corpus.subjects[:5])), corpus, include_seen=True)
    assert result["subjects"] == len(corpus.subjects)
    assert "seen" in result["protocol"].replace("unseen", "")


def test_a_corpus_of_seen_subjects_alone_is_refused(corpus: Corpus) -> None:
    with pytest.raises(ProtocolError, match="every subject"):
        evaluate_bundle(trained_on(list(corpus.subjects)), corpus)


def test_equal_names_in_another_corpus_are_other_people(corpus: Corpus) -> None:
    result = evaluate_bundle(trained_on(list(corpus.subjects), format="ckplus"), corpus)
    assert result["subjects"] == len(corpus.subjects)


def test_ckplus_and_its_48_pixel_form_share_their_subjects(corpus: Corpus) -> None:
    """Checked on names alone: the demo's clips pose as CK+48's."""
    posing = replace(corpus, format="ckplus48")
    with pytest.raises(ProtocolError):
        evaluate_bundle(trained_on(list(corpus.subjects), format="ckplus"), posing)


def test_emotions_the_bundle_does_not_know_are_left_out_and_said() -> None:
    corpus = demo_part(30, (*THREE, "fear"))
    result = evaluate_bundle(trained_on([]), corpus)
    assert set(result["per_emotion"]) == set(THREE)
    n = corpus.counts["fear"]
    assert n > 0
    assert any(f"{n} clips show emotions" in note for note in result["notes"])
    with pytest.raises(CorpusError):
        evaluate_bundle(trained_on([]), corpus.only(("fear",)))


def test_stills_are_another_protocol(corpus: Corpus) -> None:
    whole, last = (evaluate_bundle(trained_on([]), corpus, stills=s) for s in (False, True))
    assert "last frames only" in last["protocol"]
    assert whole["per_emotion"] != last["per_emotion"]


def test_what_it_is_stands_with_the_numbers(corpus: Corpus) -> None:
    result = evaluate_bundle(trained_on([]), corpus)
    keys = {
        "n",
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "mean_binary_accuracy",
        "per_emotion",
        "confusion",
        "protocol",
        "seed",
    }
    assert keys <= set(result)
    assert result["corpus"]["synthetic"]
    assert "synthetic" in result["corpus"]["note"].lower()


def test_real_sequences_of_strangers(shared_data: Path) -> None:
    sample = open_corpus(shared_data / "ckplus_sample")
    shortest = sorted((c for c in sample.clips if c.emotion in THREE), key=lambda c: len(c.frames))[:3]
    told: list[Any] = []
    result = evaluate_bundle(
        trained_on(["S999"], "ckplus"), replace(sample, clips=tuple(shortest)), progress=lambda *said: told.append(said)
    )
    assert result["n"] == 3
    assert result["rejected"] == []
    assert told[-1][:2] == (3, 3)
