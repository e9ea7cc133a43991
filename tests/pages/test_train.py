"""Train: the sentence, what it costs, starting, following, and how runs end."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from run_samples import finished_run
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.study.conditions import Condition
from fer_core.study.presets import PAPER, QUICK
from fer_core.training import jobs

from .conftest import Open, button, text


def widget(app: AppTest, name: str, kind: str = "selectbox") -> object:
    """The form's input of that name, whatever the turn of the form."""
    found = [w for w in getattr(app, kind) if str(w.key).startswith(f"train_{name}_")]
    assert len(found) == 1, [w.key for w in getattr(app, kind)]
    return found[0]


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Condition, str, int, tuple[str, ...]]]:
    """What would have been started; a run folder is made, no process."""
    asked: list[tuple[str, Condition, str, int, tuple[str, ...]]] = []

    def launch(path: str, condition: Condition, name: str = "", clips: int = 0, allow: tuple[str, ...] = ()) -> Path:
        asked.append((path, condition, name, clips, allow))
        return going_on()

    monkeypatch.setattr(jobs, "launch", launch)
    return asked


def going_on(**changes: object) -> Path:
    """A run folder of a run that goes on: this very process."""
    folder = runs.new_run_folder("train")
    now = time.time()
    status = asdict(runs.Status("running", 30, 120, "Training", now - 30, now, os.getpid())) | changes
    (folder / runs.STATUS).write_text(json.dumps(status))
    return folder


def test_without_a_corpus_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("train")
    assert "No corpus is in use" in text(app)
    assert not [b for b in app.button if b.label == "Start"]


def test_the_sentence_its_cost_and_its_start(open_page: Open, launched: list) -> None:
    app = open_page("train", corpus="demo")
    app.segmented_control(key="train_preset").set_value("quick").run()
    assert metrics(app)["Networks to fit"] == str((QUICK.folds + 1) * 6 * QUICK.ensemble)
    rounds = QUICK.folds + 1
    assert f"{rounds} rounds: on {QUICK.folds} training sides and, for the bundle, once on every clip" in text(app)
    assert f"at most {rounds * QUICK.ensemble * QUICK.fit.epochs} epochs in all" in text(app)
    assert metrics(app)["Time, about"] == "unknown"
    assert "No training run of GRU classifiers has finished" in text(app)
    assert "Synthetic" in text(app)
    widget(app, "architecture").set_value("lstm").run()
    widget(app, "folds", "number_input").set_value(4).run()
    widget(app, "seed", "number_input").set_value(3).run()
    assert metrics(app)["Networks to fit"] == str(5 * 6 * QUICK.ensemble)
    button(app, "Start").click().run()
    assert not app.exception
    path, condition, name, clips, allow = launched[0]
    assert (path, name, clips, allow) == ("demo", "demo-lstm", 309, ())
    assert (condition.architecture, condition.folds, condition.seed) == ("lstm", 4, 3)
    assert condition.fit == QUICK.fit
    assert condition.augmentation == QUICK.augmentation
    assert app.query_params["train_architecture"] == ["lstm"]
    assert app.query_params["watch"], "a reload finds the run"


def test_untouched_presets_are_the_cores_own(open_page: Open, launched: list) -> None:
    app = open_page("train", corpus="demo")
    app.segmented_control(key="train_preset").set_value("paper").run()
    assert "the same people stand on both sides" in text(app)
    assert button(app, "Start").disabled, "the leak must be accepted by name"
    app.checkbox(key="allow_leak_subject-on-both-sides").check().run()
    button(app, "Start").click().run()
    assert launched[0][1] == PAPER
    assert launched[0][4] == ("subject-on-both-sides",)


def test_a_link_brings_its_settings(open_page: Open, launched: list) -> None:
    query = {"corpus": "demo", "train_preset": "quick", "train_architecture": "lstm", "train_folds": "7"}
    app = open_page("train", **query, train_seed="x", train_loss="<b>")
    button(app, "Start").click().run()
    condition = launched[0][1]
    assert (condition.architecture, condition.folds, condition.seed, condition.loss) == ("lstm", 7, 0, "advanced")


def test_the_leak_audit_is_green_or_names_what_it_found(open_page: Open) -> None:
    app = open_page("train", corpus="demo")
    assert "No leak found by the clips' names" in app.success[0].value
    assert not app.checkbox
    widget(app, "protocol").set_value("random-holdout").run()
    assert not app.success
    assert "subject-on-both-sides" in app.error[0].value
    assert "subjects on both sides" in app.error[0].value
    assert button(app, "Start").disabled
    widget(app, "protocol").set_value("subject-holdout").run()
    assert not app.error
    assert not button(app, "Start").disabled


@pytest.mark.slow
def test_with_landmarks_at_hand_every_rule_is_checked(open_page: Open) -> None:
    app = open_page("landmarks", corpus="demo")
    button(app, "Draw the landmarks").click().run()
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.success[0].value == "No leak found: 9 rules hold."
    widget(app, "protocol").set_value("random-holdout").run()
    assert len(app.error) == 1


def test_what_was_chosen_outlives_a_page_switch(open_page: Open) -> None:
    app = open_page("train", corpus="demo")
    widget(app, "architecture").set_value("lstm").run()
    widget(app, "epochs", "number_input").set_value(17).run()
    app.switch_page("pages/notice.py").run()
    app.switch_page("pages/train.py").run()
    assert widget(app, "architecture").value == "lstm"
    assert widget(app, "epochs", "number_input").value == 17


def test_the_losses_follow_the_choice(open_page: Open) -> None:
    app = open_page("train", corpus="demo")
    table = app.dataframe[0].value.set_index("emotion")
    # CK+'s six: 309 clips, 25 of fear: 284 / 25 = 11.36, just below the severe threshold.
    assert table.loc["fear", "ratio"] == pytest.approx(11.36)
    assert "weighted" in table.loc["fear", "loss"]
    widget(app, "severe", "number_input").set_value(11.0).run()
    assert "focal" in app.dataframe[0].value.set_index("emotion").loc["fear", "loss"]
    widget(app, "loss").set_value("standard").run()
    assert set(app.dataframe[0].value["loss"]) == {"plain BCE"}


def test_contempt_is_taken_in_by_its_button(open_page: Open, launched: list) -> None:
    app = open_page("train", corpus="demo")
    widget(app, "seed", "number_input").set_value(3).run()
    button(app, "Tell contempt apart too").click().run()
    assert "left out" not in text(app)
    table = app.dataframe[0].value.set_index("emotion")
    # 302 / 25 = 12.08: with contempt among the others, fear is above the severe threshold
    assert table.loc["fear", "ratio"] == pytest.approx(12.08)
    assert "focal" in table.loc["fear", "loss"] and "focal" in table.loc["contempt", "loss"]
    button(app, "Start").click().run()
    assert "contempt" in launched[0][1].emotions
    assert launched[0][1].seed == 3, "the rest stays as chosen"


def test_an_emotion_of_the_six_is_left_out_by_choice(open_page: Open) -> None:
    app = open_page("train", corpus="demo", train_preset="paper")
    assert not [b for b in app.button if b.label.startswith("Tell")], "the study told six apart"
    pills = widget(app, "emotions", "pills")
    pills.set_value([e for e in pills.value if e != "fear"]).run()
    out = "Contempt (18 clips) is left out: not among the study's six; fear (25 clips) is left out by choice"
    assert out in text(app)
    assert "284 of 327 clips are used" in text(app)


@pytest.mark.parametrize(("page", "start"), [("train", "quick"), ("launch", "quick")])
def test_a_changed_form_says_so_and_goes_back(open_page: Open, page: str, start: str) -> None:
    control = {"train": "train_preset", "launch": "launch_from"}[page]
    app = open_page(page, corpus="demo")
    app.segmented_control(key=control).set_value(start).run()
    assert "Changed from" not in text(app)
    number = next(n for n in app.number_input if n.label == "Folds")
    before = number.value
    number.set_value(9).run()
    assert "Changed from “Quick look”" in text(app)
    button(app, "Back to “Quick look”").click().run()
    assert "Changed from" not in text(app)
    assert next(n for n in app.number_input if n.label == "Folds").value == before
    assert app.segmented_control(key=control).value == start


def test_wrong_settings_are_one_sentence_and_cannot_be_started(open_page: Open) -> None:
    app = open_page("train", corpus="demo")
    widget(app, "severe", "number_input").set_value(1.0).run()
    assert len(app.error) == 1
    assert "out of order" in app.error[0].value
    assert not app.exception
    assert not [b for b in app.button if b.label == "Start"]


def test_a_run_that_goes_on_is_found_and_followed(open_page: Open, own_home: Path) -> None:
    folder = going_on()
    with (folder / runs.EVENTS).open("w") as file:
        for fold in (0, 1):
            for epoch in range(3):
                event = {"fold": fold, "member": 0, "emotion": "fear", "epoch": epoch, "loss": 0.5, "val_loss": None}
                file.write(json.dumps(event) + "\n")
    app = open_page("train", corpus="demo")
    assert app.query_params["watch"] == [folder.name]
    assert app.get("progress")[0].proto.value == 25
    assert "Training: 25%, 2 min left" in app.get("progress")[0].proto.text
    assert app.selectbox(key="train_curves_of").options == ["the newest", "fold 1", "fold 2"]
    assert button(app, "Start").disabled
    app.button(key=f"stop_{folder.name}").click().run()
    assert (folder / runs.CANCEL).exists()
    assert "Stopping" in text(app)


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ("cancelled", None, "Stopped on request"),
        ("failed", "the corpus is empty: choose another.", "The corpus is empty: choose another."),
        ("running", None, "The run ended without a word"),
    ],
)
def test_how_a_run_ends_is_said(open_page: Open, state: str, error: str | None, said: str) -> None:
    folder = going_on(state=state, error=error, pid=2**22 + 1, heartbeat=time.time() - 500)
    (folder / runs.LOG).write_text("line one\nthe last line")
    app = open_page("train", corpus="demo", watch=folder.name)
    assert said.lower() in text(app).replace("\\", "").lower()
    assert not app.exception
    assert not app.get("progress"), "nothing polls any more"
    assert bool(app.code) == (state != "cancelled")
    assert not button(app, "Start").disabled
    button(app, "Delete this run").click().run()
    assert not folder.exists()
    assert "watch" not in app.query_params


def test_a_finished_run_leads_to_its_results(open_page: Open, own_home: Path) -> None:
    folder = finished_run(own_home)
    app = open_page("train", corpus="demo", watch=folder.name)
    assert "Done. Of 27 clips of 9 people" in text(app)
    button(app, "Read the results").click().run()
    assert not app.exception
    assert app.query_params["run"] == [folder.name]
    app = open_page("train", corpus="demo", watch=folder.name)
    button(app, "Close").click().run()
    assert "Done." not in text(app)


@pytest.mark.parametrize("name", ["train-gone", "../runs", "/etc"])
def test_a_run_that_is_not_there_is_not_looked_at(open_page: Open, name: str) -> None:
    app = open_page("train", corpus="demo", watch=name)
    assert "watch" not in app.query_params
    assert not app.error
