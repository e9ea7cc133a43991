"""Launch: the sentence, its cost and reach, the leak audit, starting once and twice, loading a design."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.base.errors import PathError, SettingError
from fer_core.study.design import ALL, BASE, Design, Factors
from fer_core.study.presets import PAPER
from fer_core.training import experiments
from fer_core.training.experiment import Order, read_order
from ui.launch.form import read_seeds

from .conftest import Open, button, text

TINY = {
    "launch_from": "quick",
    "launch_folds": "2",
    "launch_epochs": "1",
    "launch_tuning": "predefined",
    "launch_architecture": "gru",
    "launch_emotions": "happiness,surprise",
}


def widget(app: AppTest, name: str, kind: str = "number_input") -> object:
    """The form's input of that name, whatever the turn of the form."""
    found = [w for w in getattr(app, kind) if str(w.key).startswith(f"launch_{name}_")]
    assert len(found) == 1, [w.key for w in getattr(app, kind)]
    return found[0]


def metrics(app: AppTest) -> dict[str, str]:
    return {m.label: m.value.replace(" ", "") for m in app.metric}


def going_on(**changes: object) -> Path:
    """A run folder of an experiment that goes on: this very process."""
    folder = runs.new_run_folder(experiments.PREFIX)
    now = time.time()
    status = asdict(runs.Status("running", 30, 120, "Training", now - 30, now, os.getpid())) | changes
    (folder / runs.STATUS).write_text(json.dumps(status))
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """What would have been started; a run folder is made, no process."""
    asked: list[Order] = []

    def launch(order: Order) -> Path:
        asked.append(order)
        return going_on()

    monkeypatch.setattr(experiments, "launch", launch)
    return asked


def test_without_a_corpus_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("launch")
    assert "No corpus is in use" in text(app)
    assert not [b for b in app.button if b.label == "Start"]


def test_the_sentence_its_cost_and_its_reach(open_page: Open, launched: list[Order]) -> None:
    app = open_page("launch", corpus="demo")
    assert (
        "Train GRU and LSTM, predefined and Bayesian tuning, both losses, 5 subject-independent folds, "
        "1 seed, on demo." in text(app)
    )
    # 8 conditions x 5 folds; 4 of them x 5 folds x 6 emotions x 50 trials; 3 fits each, and 40 x 6 at the end
    assert metrics(app)["Cells"] == "40"
    assert metrics(app)["Search trials"] == "6000"
    assert metrics(app)["Classifier fits"] == str(6000 * 3 + 40 * 6)
    assert metrics(app)["Time, about"], "a duration is told"
    assert "d_z = 0.60" in text(app)  # pingouin.power_ttest(d=0.5967, n=24, contrast="paired") = 0.80
    assert "24 matched pairs: 6 emotions × 4 pairs" in text(app)
    assert "Synthetic" in text(app)
    button(app, "Start").click().run()
    assert not app.exception
    assert launched == [Order("demo", Design(BASE, ALL), "demo: 8 conditions")]


def test_any_part_of_the_design_can_be_chosen(open_page: Open, launched: list[Order]) -> None:
    app = open_page("launch", corpus="demo")
    widget(app, "architecture", "pills").set_value(["gru"]).run()
    assert metrics(app)["Cells"] == "20"
    widget(app, "conditions", "pills").set_value(["gru-bayesian-advanced", "gru-predefined-standard"]).run()
    assert metrics(app)["Cells"] == "10"
    assert "(2 of their combinations)" in text(app)
    assert "It compares nothing" in text(app), "these two differ in two factors"
    widget(app, "folds").set_value(3).run()
    widget(app, "seeds", "text_input").set_value("0, 7-8").run()
    widget(app, "evaluations").set_value(4).run()
    widget(app, "epochs").set_value(9).run()
    app.text_input(key=next(t.key for t in app.text_input if "scheduler" in t.key)).set_value(
        "tcp://10.0.0.1:8786"
    ).run()
    assert metrics(app)["Search trials"] == str(1 * 3 * 3 * 6 * 4)
    button(app, "Start").click().run()
    (order,) = launched
    assert order.design.factors == (Factors("gru", "bayesian", "advanced"), Factors("gru", "predefined", "standard"))
    assert order.design.seeds == (0, 7, 8)
    assert (order.design.base.folds, order.design.base.fit.epochs) == (3, 9)
    assert order.design.base.search == replace(BASE.search, evaluations=4)
    assert order.scheduler == "tcp://10.0.0.1:8786"
    assert app.query_params["experiment"], "it goes to the run"


def test_a_start_that_was_changed_is_no_longer_shown_as_it_was(open_page: Open) -> None:
    app = open_page("launch", corpus="demo", launch_from="quick")
    widget(app, "tuning", "pills").set_value(["predefined"]).run()
    assert "Changed from “Quick look”" in text(app) and metrics(app)["Search trials"] == "0"
    button(app, "Back to “Quick look”").click().run()
    assert "Changed from" not in text(app) and int(metrics(app)["Search trials"]) > 0


def test_the_studys_own_choices_need_their_leak_accepted_by_name(open_page: Open, launched: list[Order]) -> None:
    app = open_page("launch", corpus="demo")
    assert "No leak found by the clips' names" in app.success[0].value
    app.segmented_control(key="launch_from").set_value("paper").run()
    assert "subject-on-both-sides" in app.error[0].value
    assert button(app, "Start").disabled
    app.checkbox(key="allow_leak_subject-on-both-sides").check().run()
    assert any("--allow-leak subject-on-both-sides" in c.value for c in app.code)
    button(app, "Start").click().run()
    assert launched[0].design == Design(PAPER, ALL)
    assert launched[0].allow == ("subject-on-both-sides",)


@pytest.mark.slow
def test_with_landmarks_at_hand_every_rule_is_checked(open_page: Open) -> None:
    app = open_page("launch", corpus="demo", **TINY)
    assert "Only names were compared so far" in text(app)
    button(app, "Draw the landmarks").click().run()
    assert not app.exception
    assert "9 rules hold" in app.success[0].value
    assert "Only names" not in text(app.run())
    app.segmented_control(key="launch_from").set_value("paper").run()
    assert "Only names" in text(app), "the study samples other frames"
    button(app, "Draw the landmarks").click().run()
    app.run()
    assert not app.exception
    assert "Only names" not in text(app)
    assert "subject-on-both-sides" in app.error[0].value


def test_a_link_brings_its_settings(open_page: Open, launched: list[Order]) -> None:
    query = {
        "launch_architecture": "lstm",
        "launch_tuning": "predefined",
        "launch_loss": "<b>",
        "launch_without": "lstm-predefined-standard",
        "launch_folds": "7",
        "launch_seeds": "3",
        "launch_epochs": "x",
    }
    app = open_page("launch", corpus="demo", **query)
    button(app, "Start").click().run()
    (order,) = launched
    assert order.design == Design(replace(BASE, folds=7), (Factors("lstm", "predefined", "advanced"),), (3,))


def test_what_was_chosen_outlives_a_page_switch(open_page: Open) -> None:
    app = open_page("launch", corpus="demo")
    widget(app, "tuning", "pills").set_value(["predefined"]).run()
    widget(app, "conditions", "pills").set_value(["gru-predefined-standard"]).run()
    widget(app, "epochs").set_value(17).run()
    widget(app, "seeds", "text_input").set_value("4").run()
    app.switch_page("pages/notice.py").run()
    app.switch_page("pages/launch.py").run()
    assert metrics(app)["Cells"] == "5"
    assert widget(app, "epochs").value == 17
    assert widget(app, "seeds", "text_input").value == "4"


@pytest.mark.parametrize(
    ("name", "kind", "value", "said"),
    [
        ("seeds", "text_input", "0, x", "is no seed"),
        ("seeds", "text_input", "0-5000", "too many seeds"),
        ("seeds", "text_input", "1, 1", "each once"),
        ("loss", "pills", [], "No condition is left"),
        ("conditions", "pills", [], "No condition is left"),
        ("emotions", "pills", ["fear"], "two different emotions"),
        ("folds", "number_input", 100, "no training clip|at most|folds"),
        ("scheduler", "text_input", "10.0.0.1", "scheduler's address"),
    ],
)
def test_what_is_no_design_is_one_sentence_and_cannot_be_started(
    open_page: Open, name: str, kind: str, value: object, said: str
) -> None:
    app = open_page("launch", corpus="demo")
    widget(app, name, kind).set_value(value).run()
    assert not app.exception
    assert len(app.error) == 1
    assert any(part in app.error[0].value.replace("\\", "") for part in said.split("|"))
    assert all(b.disabled for b in app.button if b.label == "Start")


def test_a_saved_design_comes_back_as_it_was(open_page: Open, launched: list[Order]) -> None:
    base = replace(PAPER, protocol="subject-kfold", folds=4, evenness=0.25, F=20)
    design = Design(base, (ALL[0], ALL[3], ALL[6]), (0, 2, 9))
    app = open_page("launch", corpus="demo")
    for saved in (design.to_json(), Order("demo", design).to_json()):  # a whole order holds one too
        file = ("mine.json", json.dumps(saved).encode(), "application/json")
        app.file_uploader(key="launch_upload").set_value(file).run()
        assert not app.exception
        assert not app.error
        assert metrics(app)["Cells"] == str(3 * 3 * 4)
    button(app, "Start").click().run()
    assert launched[0].design == design


@pytest.mark.parametrize("content", [b"\xff\xfe no json", b"[1, 2]", b'{"base": {}}', b"[" * 100_000])
def test_a_file_that_is_no_design_is_one_sentence(open_page: Open, content: bytes) -> None:
    app = open_page("launch", corpus="demo")
    app.file_uploader(key="launch_upload").set_value(("x.json", content, "application/json")).run()
    assert not app.exception
    assert len(app.error) == 1
    assert metrics(app)["Cells"] == "40", "the form stays as it was"


def test_seeds_are_read_as_people_write_them() -> None:
    assert read_seeds("0") == (0,)
    assert read_seeds(" 0,1 , 5–7 ") == (0, 1, 5, 6, 7)
    assert read_seeds("") == ()
    for wrong in ("-1", "1-", "a", "1.5", "9" * 20, "٣-"):
        with pytest.raises(SettingError):
            read_seeds(wrong)


def test_while_another_one_goes_on_it_says_so_and_waits(open_page: Open) -> None:
    folder = going_on()
    app = open_page("launch", corpus="demo")
    assert button(app, "Start").disabled
    assert "An experiment is going on" in text(app)
    assert app.get("progress")[0].proto.value == 25
    now = json.loads((folder / runs.STATUS).read_text()) | {"state": "done"}
    (folder / runs.STATUS).write_text(json.dumps(now))
    app.run()
    assert not button(app, "Start").disabled
    assert not app.get("progress"), "nothing polls any more"


@pytest.mark.slow
def test_two_tabs_at_once_get_a_folder_each_and_both_run(open_page: Open, own_home: Path) -> None:
    first, second = (open_page("launch", corpus="demo", **TINY) for _ in range(2))
    for app in (first, second):  # both pages were drawn while nothing was going on
        button(app, "Start").click().run()
        assert not app.exception
    ids = [app.query_params["experiment"][0] for app in (first, second)]
    assert len(set(ids)) == 2
    app = open_page("runs", experiment=ids[0])
    folders = [runs.find_run(id) for id in ids]
    if all(runs.read_status(f).active for f in folders):
        assert "Another experiment is going on here too" in text(app)
    end = time.monotonic() + 240
    while any(runs.read_status(f).active for f in folders):
        assert time.monotonic() < end, [runs.read_status(f) for f in folders]
        time.sleep(0.1)
    found = {e.id: e for e in experiments.listed()}
    for id, folder in zip(ids, folders, strict=True):
        assert found[id].state == "done", runs.read_log(folder)
        assert found[id].cells_done == found[id].record.planned == 4
        assert read_order(folder).design.base.emotions == ("happiness", "surprise")


def test_a_second_click_at_once_starts_nothing_more(open_page: Open, launched: list[Order]) -> None:
    app = open_page("launch", corpus="demo", **TINY)
    app.session_state["_launch_last"] = ("experiment-of-the-first-click", time.time())
    button(app, "Start").click().run()
    assert launched == []
    assert app.query_params["experiment"] == ["experiment-of-the-first-click"]


def test_a_start_that_fails_is_one_sentence(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("launch", corpus="demo", **TINY)
    for error in (OSError(28, "No space left on device"), PathError("no free run folder name was found")):
        monkeypatch.setattr(experiments, "launch", raising(error))
        button(app, "Start").click().run()
        assert not app.exception
        assert len(app.error) == 1
        assert any(words in app.error[0].value for words in ("No space left", "No free run folder"))
        assert not button(app, "Start").disabled, "it can be tried again"


def test_a_home_that_cannot_be_used_is_one_sentence(open_page: Open, own_home: Path) -> None:
    (own_home / "runs").write_text("a file in its place")
    app = open_page("launch", corpus="demo")
    assert len(app.error) == 1
    assert "folder cannot be made" in app.error[0].value


def raising(error: Exception) -> Callable[[Order], Path]:
    def launch(order: Order) -> Path:
        raise error

    return launch
