"""Benchmark: empty, done, doubted, damaged; the form as a sentence, its plan, its start; how runs end."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from image_study_samples import DESIGN, EMOTIONS, ID, SLUGS, network, stored
from training.images.image_samples import write_npz

from fer_core import runs
from fer_core.base import provenance
from fer_core.base.errors import PathError
from fer_core.results.images import benchmarks
from fer_core.studies.cross import jobs
from fer_core.studies.efficiency import image_costs
from fer_core.training.images import experiments
from fer_core.training.images.experiment import ROOT, ImageOrder, write_order
from ui.benchmark import words

from .conftest import Open, button, read, table

GONE = 2**22 + 1
"""A process number that no process has."""
OTHER = "images-20260103-000000"


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No results, no cost and no matrix come along with this installation."""
    folder = tmp_path / "assets" / "benchmark"
    folder.mkdir(parents=True)
    monkeypatch.setattr(benchmarks, "assets_dir", lambda: tmp_path / "assets")
    monkeypatch.setattr(image_costs, "shipped_file", lambda: tmp_path / "absent.json")
    monkeypatch.setattr(jobs, "shelf", lambda: tmp_path / "assets" / "cross")
    return folder


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A data folder with one small corpus of pictures."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_npz(folder / "bars.npz")
    monkeypatch.setenv("FER_LAB_DATA", str(folder))
    return folder


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "nothing"))


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[ImageOrder]:
    asked: list[ImageOrder] = []

    def launch(order: ImageOrder) -> Path:
        asked.append(order)
        return under_way(OTHER, order=order)

    monkeypatch.setattr(experiments, "launch", launch)
    return asked


def under_way(id: str, state: str = "running", order: ImageOrder | None = None, **changes: Any) -> Path:
    """A run folder; its process is this one unless another is named."""
    folder = runs.runs_dir() / id
    folder.mkdir()
    now = time.time()
    status = asdict(runs.Status(state, 12, 40, "lenet5, epoch 12 of 40", now - 30, now, os.getpid()))  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(status | changes))
    write_order(order or ImageOrder("bars.npz", DESIGN, "made up"), folder)
    return folder


# --- results -----------------------------------------------------------------------------------------


def test_an_empty_page_offers_the_quick_baseline_and_what_comes_then(
    open_page: Open, data: Path, launched: list[ImageOrder]
) -> None:
    app = open_page("benchmark")
    assert "Nothing was trained or shipped yet" in read(app) and "Then train a network beside it" in read(app)
    button(app, "Train the quick baseline").click().run()
    assert not app.exception
    (order,) = launched
    assert [c.model for c in order.design.conditions] == ["pca-logistic"]
    assert order.corpus == str(data / "bars.npz") and order.design.base.protocol == "official"
    assert "Under way" in read(app) and "lenet5, epoch 12 of 40" in app.get("progress")[0].proto.text
    assert "Nothing was trained" not in read(app), "it is on its way"


def test_without_pictures_it_says_where_they_go(open_page: Open, no_data: None) -> None:
    app = open_page("benchmark")
    assert "There is nothing to train on" in read(app)
    assert not [b for b in app.button if b.label in ("Start", "Train the quick baseline")]


def test_finished_results_open_with_the_best_and_whether_it_can_be_told(open_page: Open, no_data: None) -> None:
    stored()
    app = open_page("benchmark")
    said = read(app)
    assert "Best on bars is VGG16 with accuracy 0." in said
    assert "it can be told from the next, LeNet5 (+0." in said
    assert "Ipinze Tutuianu et al. (2024) print no accuracy for it on bars." in said
    assert len(app.get("plotly_chart")) == 5
    assert "stopped as the validation loss fell no more" in said
    assert list(table(app, "calibration error")["model"]) == ["VGG16", "LeNet5"]
    assert app.query_params["results"] == [ID]


def test_the_condition_looked_at_is_in_the_address(open_page: Open, no_data: None) -> None:
    stored()
    app = open_page("benchmark", condition=f"{ID}/{SLUGS[0]}")
    assert app.selectbox(key="benchmark_condition").value == f"{ID}/{SLUGS[0]}"
    app.selectbox(key="benchmark_condition").select(f"{ID}/{SLUGS[1]}").run()
    assert app.query_params["condition"] == [f"{ID}/{SLUGS[1]}"]
    assert not app.exception


def test_filters_narrow_the_board_and_an_empty_one_says_so(open_page: Open, no_data: None) -> None:
    stored()
    app = open_page("benchmark", benchmark_balancing="none")
    assert "Best on bars is LeNet5" in read(app)
    app.pills(key="benchmark_balancing").set_value([]).run()
    assert "Nothing that was tested fits these choices" in read(app)
    assert not app.exception


def test_a_result_too_good_is_doubted_with_its_causes(open_page: Open, no_data: None) -> None:
    stored(cells=lambda c: replace(c, fits={"network": network(train_accuracy=0.3)}))
    app = open_page("benchmark")
    warnings = [w.value for w in app.warning]
    assert len(warnings) == 2
    assert "is classified better" in warnings[0] and "test pictures seen in training" in warnings[0]


def test_shipped_results_stand_beside_own_ones_and_a_damaged_file_is_a_sentence(
    open_page: Open, no_data: None, shelf: Path
) -> None:
    stored(name="mine")
    benchmarks.write(benchmarks.read(ID) | {"name": "came along"}, shelf / "fer.json")
    (shelf / "broken.json").write_text("{")
    app = open_page("benchmark")
    assert app.multiselect(key="benchmark_results").value == [ID], "own ones first"
    app.multiselect(key="benchmark_results").set_value([ID, "shipped:fer", "shipped:broken"]).run()
    assert not app.exception
    assert "The benchmark cannot be read" in read(app)
    assert len(table(app, "calibration error")) == 4


def test_results_that_are_not_chosen_are_not_said_to_be_absent(open_page: Open, no_data: None, shelf: Path) -> None:
    stored(name="mine")
    benchmarks.write(benchmarks.read(ID) | {"name": "came along"}, shelf / "fer.json")
    app = open_page("benchmark")
    app.multiselect(key="benchmark_results").set_value([]).run()
    assert not app.exception
    assert "choose some above" in read(app) and "Nothing was trained" not in read(app)


def test_fits_that_ended_differently_are_not_said_to_have_ended_alike(open_page: Open, no_data: None) -> None:
    stored(cells=lambda c: replace(c, fits={"network": network(stopped="patience" if c.seed else "epochs")}))
    said = read(open_page("benchmark"))
    assert "2 fits ended; the weights are those" in said and "validation loss fell no more" not in said


def test_printed_values_stand_beside_ours_with_their_caveats(open_page: Open, no_data: None) -> None:
    corpus = {
        "name": "fer2013",
        "path": "fer2013.csv",
        "format": "fer2013",
        "synthetic": False,
        "note": "",
        "clips": 9,
        "subjects": 0,
        "counts": {},
        "subjects_known": False,
        "emotions": list(EMOTIONS),
        "tested": "validation",
    }
    stored(corpus=corpus)
    app = open_page("benchmark")
    printed = table(app, "printed")
    fusion = printed[printed["model"] == "Deep residual GRU, case II"].iloc[0]
    assert fusion["printed"] == 0.9986 and fusion["here"] is None
    said = read(app)
    assert "11 errors among 7,158 pictures" in said and "is explained here and not imitated" in said
    app.pills(key="benchmark_printed").set_value(["CK+"]).run()
    assert set(table(app, "printed")["corpus"]) == {"CK+"}
    assert "11 errors among 7,158" not in read(app)


# --- the form ----------------------------------------------------------------------------------------


def test_the_form_reads_like_a_sentence_and_starts_what_it_says(
    open_page: Open, data: Path, launched: list[ImageOrder]
) -> None:
    app = open_page("benchmark", image_models="lenet5,pca-logistic", image_sizes="32", image_seeds="0-1")
    said = read(app)
    assert "Train LeNet5 and PCA + Logistic Regression at 32 pixels on bars: official split, 2 seeds." in said
    assert "72 pictures, 24 pixels wide, 3 emotions; parts: train, validation" in said
    assert "4 trainings. How long they take is not known" in said and "were never trained here" in said
    button(app, "Start").click().run()
    assert not app.exception
    (order,) = launched
    assert [(c.model, c.size) for c in order.design.conditions] == [("lenet5", 32), ("pca-logistic", 32)]
    assert order.design.seeds == (0, 1) and order.name == "bars: 2 models"


def test_class_weights_are_said_and_a_classical_model_has_none(
    open_page: Open, data: Path, launched: list[ImageOrder]
) -> None:
    app = open_page("benchmark", image_models="lenet5,pca-logistic", image_balancing="simple,conservative")
    said = read(app)
    assert "PCA + Logistic Regression without class weights" in said
    assert "LeNet5 with simple weights" in said and "LeNet5 with weights capped at 3" in said
    assert "3 trainings" in said
    button(app, "Start").click().run()
    made = [(c.model, c.balancing) for c in launched[0].design.conditions]
    assert made == [("lenet5", "simple"), ("lenet5", "conservative"), ("pca-logistic", "none")]


def test_time_is_told_from_earlier_trainings(open_page: Open, data: Path) -> None:
    stored()  # 2 s an epoch for 120 pictures
    app = open_page("benchmark", image_models="vgg16")
    assert "1 training, at most 3 min by what earlier ones took here" in read(app)  # 60 · 200 epochs / 60


def test_no_model_and_an_impossible_size_are_sentences(open_page: Open, data: Path) -> None:
    app = open_page("benchmark", image_models="alexnet", image_sizes="32")
    assert "cannot take pictures of 32 pixels" in read(app)
    assert not [b for b in app.button if b.label == "Start"]
    app.multiselect[0].set_value([]).run()
    assert "No condition is left" in read(app)


def test_a_corpus_outside_the_data_folders_is_not_taken(
    open_page: Open, data: Path, launched: list[ImageOrder]
) -> None:
    app = open_page("benchmark", image_corpus="/etc")
    button(app, "Start").click().run()
    assert [o.corpus for o in launched] == [str(data / "bars.npz")]


def test_a_start_that_fails_is_a_sentence(open_page: Open, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(order: ImageOrder) -> Path:
        raise PathError("the folder cannot be made (no space left)", fix="free some")

    monkeypatch.setattr(experiments, "launch", refuse)
    app = open_page("benchmark")
    button(app, "Start").click().run()
    assert "no space left" in read(app) and not app.exception


def test_only_one_at_a_time_is_started(open_page: Open, data: Path) -> None:
    under_way(OTHER)
    app = open_page("benchmark")
    assert button(app, "Start").disabled  # type: ignore[attr-defined]
    assert "Under way" in read(app) and button(app, "Stop")


# --- under way and ended, here and on the Runs page -----------------------------------------------------


def test_a_stopped_one_resumes_from_the_runs_page(
    open_page: Open, no_data: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(planned=8, provenance={"leaks": [], "code_key": provenance.code_key(ROOT)})
    under_way(ID, "cancelled")
    resumed: list[Any] = []
    monkeypatch.setattr(experiments, "resume", lambda *given: resumed.append(given))
    app = open_page("runs", experiment=ID)
    assert "Stopped on request after 4 of 8 trainings. What was finished is kept." in read(app)
    button(app, "Resume").click().run()
    assert resumed == [(ID, [])]


def test_a_changed_program_must_be_accepted_first(open_page: Open, no_data: None) -> None:
    stored(planned=8, provenance={"leaks": [], "code_key": "another"})
    under_way(ID, "running", pid=GONE, heartbeat=time.time() - 9)
    app = open_page("runs", experiment=ID)
    assert "Its process ended without a word" in read(app)
    assert button(app, "Resume").disabled  # type: ignore[attr-defined]
    app.checkbox(key=f"other_code_{ID}").check().run()
    assert not button(app, "Resume").disabled  # type: ignore[attr-defined]


def test_failures_are_told_and_a_failed_run_says_why(open_page: Open, no_data: None) -> None:
    stored(cells=lambda c: replace(c, state="failed", fits={}, error="the loss is no number any more"))
    under_way(ID, "failed", error="The disk is full.")
    app = open_page("runs", experiment=ID)
    assert "The disk is full." in read(app)
    assert set(table(app, "what went wrong")["what went wrong"]) == {"the loss is no number any more"}


def test_the_list_has_image_experiments_and_leads_to_them(open_page: Open, no_data: None) -> None:
    stored()
    under_way(ID, "done")
    app = open_page("runs")
    assert "1 image experiment" in read(app) and "4 of 4 cells" in read(app)
    button(app, "A comparison").click().run()
    assert app.query_params["experiment"] == [ID]
    assert "Finished: 4 of 4 trainings done." in read(app)
    about = "bars · official split · LeNet5 at 48 pixels and VGG16 at 48 pixels · began 2026-01-02 03:04"
    assert about in read(app)


def test_one_is_deleted_for_good(open_page: Open, no_data: None) -> None:
    stored()
    under_way(ID, "done")
    app = open_page("runs", experiment=ID)
    button(app, "Delete it for good").click().run()
    assert "Nothing has run here yet" in read(app) or "none going on" in read(app)
    assert benchmarks.listed() == []


def test_one_is_given_another_name(open_page: Open, no_data: None) -> None:
    stored()
    under_way(ID, "done")
    app = open_page("runs", experiment=ID)
    app.text_input(key=f"name_{ID}").set_value(" two *sizes* ").run()
    button(app, "Save the name").click().run()
    assert "**two \\*sizes\\***" in [m.value for m in app.markdown]
    assert experiments.find(ID).title == "two *sizes*"


def test_an_id_that_is_none_is_a_sentence(open_page: Open, no_data: None) -> None:
    app = open_page("runs", experiment="images-20200101-000000")
    assert "There is no such experiment" in read(app)


def fer2013(n: int, model: str = "attention-cnn", **more: Any) -> dict[str, Any]:
    """A row of a board: a model tested on so many of FER2013's pictures."""
    return {
        "key": f"{model}/{n}",
        "model": model,
        "family": "FER2013",
        "pictures": n,
        "size": 48,
        "balancing": "none",
        "initial": "none",
        "accuracy": 0.64,
        "macro_f1": 0.6,
        "balanced_accuracy": 0.6,
        "study": "suwartono",
    } | more


def test_a_printed_value_of_another_test_is_named_and_not_subtracted() -> None:
    said = words._printed_words(fer2013(3589), "accuracy")
    assert said == (
        " Suwartono et al. (2025) print 0.617 (Table 1) for FER2013, which is not compared: it was tested on "
        "five or ten folds of the training part, ours on 3,589 pictures."
    )
    assert words._printed_words(fer2013(3589, study="", family="x"), "accuracy") == ""
    both = words._printed_words(fer2013(7178, "fastcnn-se", accuracy=0.55), "accuracy")
    assert both.endswith("print 0.596 (Table 1) for FER2013, on as many pictures: 4.6 points more.")


def test_an_excerpt_is_never_set_beside_the_whole_corpus() -> None:
    rows = [fer2013(23), fer2013(210, "fastcnn-se")]
    assert words.printed_values(rows, "accuracy") == {}
    said = words._printed_words(rows[0], "accuracy")
    assert said.endswith("not compared: these 23 pictures are not an official part of FER2013.")
    assert "points" not in said
    assert all(r["here"] is None for r in words.beside_rows(rows))
    assert words.printed_values([fer2013(3589)], "accuracy") == {"attention-cnn/3589": (0.617,)}


@pytest.mark.parametrize(
    ("model", "balancing", "said"),
    [
        ("sequential-4-conv", "conservative", "print 0.66 (Table 2) for FER2013"),
        ("sequential-4-conv", "simple", "print 0.61 (Table 2) for FER2013"),
        ("resnet18", "simple", "print 0.67 (Table 2) for FER2013"),
        ("vgg16", "none", "print 0.67 to 0.68 (Table 2) for FER2013"),
        ("nasnetmobile", "simple", "print a value for it on FER2013, which cannot be read (Table 2)"),
        ("mediapipe-vggnet", "simple", "print no accuracy for it on FER2013"),
    ],
)
def test_what_a_study_prints_is_found(model: str, balancing: str, said: str) -> None:
    row = fer2013(3589, model, study="tutuianu", balancing=balancing)
    assert f" Ipinze Tutuianu et al. (2024) {said}" in words._printed_words(row, "accuracy")
    assert "print no macro F1 for it" in words._printed_words(row, "macro_f1")


def test_the_shipped_results_say_what_is_printed_of_them(open_page: Open, no_data: None, shelf: Path) -> None:
    real = Path(benchmarks.__file__).parents[3] / "assets" / "benchmark"
    for file in ("fer2013_sequential.json", "fer2013_attention.json"):
        shutil.copy(real / file, shelf)
    app = open_page("benchmark", results="shipped:fer2013_sequential")
    said = read(app)
    assert "Ipinze Tutuianu et al. (2024) print 0.66 (Table 2) for FER2013, which is not compared" in said
    assert "prints no value" not in said
    assert "tested on pictures whose number it does not print" in said, "so says the diamonds' caption"
    assert "stands in the sentence above" not in said, "there is one model"
    app.multiselect(key="benchmark_results").set_value(
        ["shipped:fer2013_attention", "shipped:fer2013_sequential"]
    ).run()
    said = read(app)
    assert "(difference not tested: they come from different experiments)" in said
    assert "not whether two differ." in said and "stands in the sentence above" not in said


def test_the_caption_promises_a_comparison_only_where_the_sentence_has_one(open_page: Open, no_data: None) -> None:
    stored()
    app = open_page("benchmark")
    assert "it can be told from the next" in read(app)
    assert "whether the first two do stands in the sentence above" in read(app)
    app.segmented_control(key="benchmark_metric").set_value("balanced_accuracy").run()
    assert "stands in the sentence above" not in read(app)
    assert "difference not tested" in read(app)
