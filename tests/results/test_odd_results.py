"""Results that another program wrote: a sentence with its place, or a result that can be shown whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from odd import GONE, changed, mutations
from run_samples import finished_run, made_result

from fer_core.base.errors import FerError
from fer_core.cli.leak_lab import text as leak_lab_text
from fer_core.datasets.copies import copy_runs
from fer_core.figures import results as figures
from fer_core.figures.cross import cross_figure
from fer_core.figures.leak_lab import protocols_figure
from fer_core.files.shapes import fits
from fer_core.results import bundles_and_runs
from fer_core.results.images import benchmarks
from fer_core.results.images.board import board
from fer_core.results.result_shapes import BenchmarkResult, LabResult, Matrix
from fer_core.studies.cross import jobs
from fer_core.studies.cross.cross import table as cross_table
from fer_core.studies.efficiency import jobs as efficiency_jobs
from fer_core.studies.efficiency import summary
from fer_core.studies.leak_lab import jobs as lab_jobs
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity import results
from ui.benchmark.cross import cell_lines
from ui.leak_lab import words


@pytest.fixture
def run(own_home: Path) -> Path:
    """A finished run without a bundle."""
    return finished_run(own_home, bundle=False)


def read(run: Path, plain: Any) -> dict[str, Any]:
    """The result of a run, with this in its file."""
    (run / "result.json").write_text(json.dumps(plain))
    return bundles_and_runs.read_result(bundles_and_runs.Source(run.name, run))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("accuracy",), None, "the result holds null where a number belongs ({}, accuracy): train it again."),
        (("accuracy",), 3, "the result holds 3 where a number of at most 1 belongs ({}, accuracy)"),
        (("corpus",), "demo", 'the result holds "demo" where a group of named values belongs ({}, corpus)'),
        (("confusion", 1), [1], "the result does not fit together: the confusion matrix is not 3 x 3 ({})"),
        (("confusion",), [], "the confusion matrix is not 3 x 3"),
        (("confusion", 0, 0), -4, "-4 where a number of at least 0 belongs ({}, confusion, row 1, row 1)"),
        (("intervals",), GONE, "the result lacks 'intervals' ({})"),
        (("intervals", "accuracy"), GONE, "does not fit together: there is no interval of 'accuracy' ({})"),
        (("intervals", "macro_f1"), [0.1], "the result lacks row 2 ({}, intervals, macro_f1)"),
        (("per_emotion", "anger"), GONE, "there is no metrics of 'anger'"),
        (("per_emotion", "anger", "tp"), "3", '"3" where a number belongs ({}, per_emotion, anger, tp)'),
        (("emotions",), ["anger"] * 3, "the emotion 'anger' stands twice"),
        (("n",), 2**70, "holds 1180591620717411303424 where a number of at most"),
        (("curves", 0, "train"), None, "holds null where a list belongs ({}, curves, row 1, train)"),
        (("protocol",), [], "holds a list of 0 where text belongs ({}, protocol)"),
    ],
)
def test_what_a_result_holds_instead_is_said_with_its_place(
    run: Path, place: tuple[Any, ...], value: Any, said: str
) -> None:
    with pytest.raises(FerError) as caught:
        read(run, changed(made_result()[0], place, value))
    assert said.format(run / "result.json") in str(caught.value)


def test_an_odd_result_is_listed_as_unreadable_beside_the_others(own_home: Path, run: Path) -> None:
    other = finished_run(own_home, "train-20260103-030405", bundle=False)
    (run / "result.json").write_text("[" * 10_000)
    labels = [bundles_and_runs.label(s) for s in bundles_and_runs.sources() if s.is_run]
    assert f"{run.name} (unreadable)" in labels and len(labels) == 2
    assert any(label.startswith("made, subject") for label in labels), other


def test_an_odd_table_of_predictions_is_a_sentence(run: Path) -> None:
    source = bundles_and_runs.Source(run.name, run)
    assert len(bundles_and_runs.read_predictions(source)) == made_result()[0]["n"]
    header = b"clip,emotion,classified,fold,p_anger\n"
    rows = (b"a,fear,fear,x,1\n", b"a,fear,fear,1,nan\n", b"a,fear\n", b"a,fear,fear,1,0.5,7\n")
    odd = (b"\xff\xfe", b'clip,"fold\n' + b"x" * 200_000, b"clip,fold\nA,x\n")
    for content in (*odd, *(header + row for row in rows)):
        (run / "predictions.csv").write_bytes(content)
        with pytest.raises(FerError, match="table of predictions"):
            bundles_and_runs.read_predictions(source)
    (run / "predictions.csv").unlink()
    assert bundles_and_runs.read_predictions(source) == []


def test_mutated_results_are_a_sentence_or_are_shown(run: Path) -> None:
    refused = 0
    for said, plain in mutations(made_result()[0], 60):
        try:
            result = read(run, plain)
        except FerError as error:
            refused += 1
            assert str(error).count("\n") == 0, said
            continue
        figures.metrics_figure(result)
        figures.confusion_figure(result)
        bundles_and_runs.label(bundles_and_runs.Source(run.name, run))
    assert refused > 15


def told_lab(plain: dict[str, Any]) -> None:
    """As page and command line tell it."""
    words.headline(plain)
    words.sizes(plain)
    words.rows(plain)
    protocols_figure(plain)
    leak_lab_text(plain)


def told_matrix(plain: dict[str, Any]) -> None:
    """As page and command line tell it."""
    cross_table(plain)
    cross_figure(plain)
    cell_lines(plain)


def told_benchmark(plain: dict[str, Any]) -> None:
    """As the page tells it."""
    assert board({"a": plain})


SHIPPED: tuple[tuple[Callable[[], dict[str, Any]], type[Any], Callable[[dict[str, Any]], None]], ...] = (
    (lambda: lab_jobs.read_result("shipped"), LabResult, told_lab),
    (lambda: jobs.read_result(next(n for n in jobs.results() if ":" in n)), Matrix, told_matrix),
    (lambda: benchmarks.read(next(b.name for b in benchmarks.listed() if b.shipped)), BenchmarkResult, told_benchmark),
)


@pytest.mark.parametrize(("read_shipped", "shape", "told"), SHIPPED)
def test_what_is_shipped_fits_and_mutations_are_refused_or_told(
    own_home: Path, read_shipped: Callable[[], dict[str, Any]], shape: type[Any], told: Callable[[dict[str, Any]], None]
) -> None:
    plain = read_shipped()
    assert fits(plain, shape) and not fits([], shape) and not fits({}, shape)
    refused = 0
    for said, odd in mutations(plain, 40):
        if not fits(odd, shape):
            refused += 1
            continue
        try:
            told(odd)
        except Exception as error:
            raise AssertionError(said) from error
    assert refused > 8


def test_a_mutated_measurement_is_a_sentence_or_is_summed_up(own_home: Path) -> None:
    plain = json.loads(efficiency_jobs.shipped_file().read_text())
    folder = own_home / "runs" / "efficiency-20260101-000000"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text("{}")
    for said, copy in mutations(plain, 40):
        (folder / "result.json").write_text(json.dumps(copy))
        try:
            result = efficiency_jobs.read_result(folder.name)
        except FerError as error:
            assert str(error).count("\n") == 0, said
            continue
        summary.latency_rows(result)


def test_a_mutated_sensitivity_study_is_a_sentence_or_is_drawn(tmp_path: Path) -> None:
    plain = json.loads(sensitivity_jobs.sources()[-1].file.read_text())
    file = tmp_path / "result.json"
    for said, copy in mutations(plain, 40):
        file.write_text(json.dumps(copy))
        try:
            study = results.read_sensitivity(file)
        except FerError as error:
            assert str(error).count("\n") == 0, said
            continue
        for emotion in study.emotions:
            study.cell(emotion, "outputs", (0, 0, 0, 0))
            study.span(emotion, "outputs", "recall")
            study.ratios(emotion)


def test_an_odd_report_on_copies_is_a_sentence(tmp_path: Path) -> None:
    for content in ("[]", "{}", '{"images": "x"}', '{"images": 1, "limit_bits": 3, "within": [{}]}'):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(FerError, match="report on copies"):
            copy_runs.read_report(tmp_path)
    (tmp_path / "order.json").write_text('{"path": 5}')
    assert copy_runs.config_of(tmp_path) is None
