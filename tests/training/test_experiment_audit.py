"""An experiment is audited before anything is trained, and says which leak was accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from experiment_samples import FITTED, ID, SEARCHED, base, carried_out, opened, order, placed
from samples import THREE, made_set

from fer_core import runs
from fer_core.base.errors import LeakError, SettingError
from fer_core.study.design import Design
from fer_core.training.experiment import audit_design
from fer_core.training.protocols import make_splits

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]


def test_a_design_with_people_on_both_sides_does_not_start(tmp_path: Path) -> None:
    random = Design(base(protocol="random-holdout"), (FITTED,))
    placed(tmp_path, order(random, workers=1))
    code, _, said = carried_out(tmp_path)
    assert code == 1
    assert "subject-on-both-sides" in said
    assert "--allow-leak subject-on-both-sides" in said
    assert runs.read_status(tmp_path / "runs" / ID).state == "failed"
    with opened(tmp_path) as store:
        assert store.experiments() == []


def test_it_starts_when_the_rule_is_accepted_by_name_and_says_so(tmp_path: Path) -> None:
    random = Design(base(protocol="random-holdout", test_share=0.5), (FITTED,))
    placed(tmp_path, order(random, workers=1, allow=("subject-on-both-sides",)))
    code, _, said = carried_out(tmp_path)
    assert code == 0, said
    with opened(tmp_path) as store:
        (leak,) = store.experiment(ID).provenance["leaks"]
    assert leak["rule"] == "subject-on-both-sides"
    assert leak["count"] >= 1


def test_every_seed_is_looked_at_and_a_typing_error_allows_nothing() -> None:
    landmarks = made_set(9)
    design = Design(base(emotions=THREE), (FITTED, SEARCHED), seeds=(0, 1))
    splits = {s: make_splits(landmarks, design.condition(FITTED, s)) for s in design.seeds}
    assert audit_design(design, landmarks, splits) == []
    leaky = splits[1][0]
    splits[1][0] = replace(leaky, train=leaky.train.copy(), test=leaky.test.copy())
    splits[1][0].train[0] = leaky.test[0]
    with pytest.raises(LeakError, match="on both sides"):
        audit_design(design, landmarks, splits)
    with pytest.raises(SettingError, match="no leak rule 'subjects'"):
        audit_design(design, landmarks, splits, allow=("subjects",))
