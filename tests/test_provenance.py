"""What a result is kept with: the key changes with the code that made it, and with nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fer_core.base import provenance
from fer_core.base.paths import REPOSITORY


def key_in(checkout: Path) -> str:
    code = "from fer_core.base.provenance import code_key; print(code_key())"
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package; tests leave it as it was."""
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "fer_core", folder / "fer_core", ignore=ignore)
    return folder


@pytest.fixture(scope="module")
def before(copy: Path) -> str:
    return key_in(copy)


@contextmanager
def changed(file: Path, content: bytes) -> Iterator[None]:
    whole = file.read_bytes()
    file.write_bytes(content)
    yield
    file.write_bytes(whole)


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("models/posterior.py", True),
        ("training/landmarks/gradients.py", True),
        ("landmarks/augment.py", True),
        ("training/__init__.py", True),
        ("figures/theme.py", False),
        ("cli/experiment.py", False),
        ("live/stream.py", False),
    ],
)
def test_only_code_that_can_change_a_result_changes_the_key(copy: Path, before: str, file: str, counts: bool) -> None:
    source = copy / "fer_core" / file
    with changed(source, source.read_bytes() + b"# one line more\n"):
        assert (key_in(copy) != before) == counts


def test_line_endings_do_not_count(copy: Path, before: str) -> None:
    file = copy / "fer_core" / "training" / "landmarks" / "gradients.py"
    with changed(file, file.read_bytes().replace(b"\n", b"\r\n")):
        assert key_in(copy) == before


@pytest.mark.slow
def test_what_is_imported_inside_functions_counts_too() -> None:
    """Compared with what Python itself has loaded after doing the work."""
    found = set(provenance.sources(provenance.ROOT, REPOSITORY / "fer_core"))
    code = (
        "import sys; from samples import made_set, tiny; from pathlib import Path\n"
        "from fer_core.training.landmarks import tasks\n"
        "from fer_core.training.engine import shared_data\n"
        "from fer_core.training.protocols import make_splits\n"
        "landmarks, condition = made_set(), tiny(tuning='bayesian')\n"
        "before = set(sys.modules)\n"
        "data = shared_data.publish(landmarks, Path(sys.argv[1]))\n"
        "split = make_splits(landmarks, condition)[0]\n"
        "done = tasks.run_trial(tasks.TrialTask(data, condition, 0, split.train, 'anger', 0, []))\n"
        "assert done.state == 'done', done\n"
        "record, _ = tasks.run_cell(tasks.CellTask(data, condition, split, None))\n"
        "assert record.state == 'done', record\n"
        "print(*(n for n in sys.modules if n.partition('.')[0] == 'fer_core' and n not in before))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code, folder],
            cwd=REPOSITORY / "tests",
            capture_output=True,
            text=True,
            timeout=60,
            env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}", "PATH": "/usr/bin:/bin"},
        )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= found
    assert {"fer_core.landmarks.features", "fer_core.training.landmarks.search", "fer_core.store.records"} <= found
    assert not any(n.startswith(("fer_core.figures", "fer_core.cli")) for n in found)


def test_the_commit_is_gits_own() -> None:
    if not (REPOSITORY / ".git").is_dir():
        assert provenance.commit() == ""
        return
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True)
    assert provenance.commit() == said.stdout.strip()


def test_a_result_carries_the_versions_it_depends_on() -> None:
    import numpy

    plain = provenance.provenance()
    assert plain["packages"]["numpy"] == numpy.__version__
    assert plain["code_key"] == provenance.code_key()
    assert plain["python"] == sys.version.split()[0]
