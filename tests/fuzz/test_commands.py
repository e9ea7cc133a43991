"""The command line over damaged input of every kind: it ends with 0, 1 or 2, and never with a traceback."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from datasets.trees import KDEF
from image_bundle_samples import band_bundle
from stats.test_tables_of_others import mlflow

from fer_core.cli.main import main

from .mutators import damaged, disturb, every, tried
from .test_bundles import disturb_bundle
from .test_pictures import build
from .test_runs import disturb_run
from .test_runs import put as put_runs
from .test_stores import disturb_store
from .test_stores import put as put_store


@pytest.mark.slow
def test_commands(own_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = sorted(build(tmp_path / "pictures"))
    KDEF.put(tmp_path / "clips")
    bundle = band_bundle(tmp_path / "bundle")
    picture = next((tmp_path / "clips").rglob("*.JPG"))
    put_runs(own_home)
    put_store(tmp_path / "store.sqlite")

    def copied(source: Path, root: Path, how, rng: random.Random) -> str:
        shutil.copytree(source, root)
        for _ in range(rng.choice([1, 2])):
            how(root, rng)
        return str(root)

    def asked(rng: random.Random, root: Path) -> list[str]:
        """Damages something and gives the command that reads it."""
        which = rng.randrange(6)
        if which == 0:
            return ["corpus", copied(tmp_path / "clips", root, disturb, rng)]
        if which == 1:
            return ["corpus", "--images", copied(tmp_path / "pictures" / rng.choice(kinds), root, disturb, rng)]
        if which == 2:
            root.mkdir()
            (root / "a.csv").write_bytes(damaged(mlflow().encode(), rng))
            return ["stats", "power", str(root / "a.csv")]
        if which == 3:
            return ["predict", copied(bundle, root, disturb_bundle, rng), str(picture), "--as-is"]
        if which == 4:
            disturb_run(rng.choice(sorted((own_home / "runs").iterdir())), rng)
            return ["experiment", "list"]
        shutil.copy(tmp_path / "store.sqlite", own_home / "experiments.sqlite")
        disturb_store(own_home / "experiments.sqlite", rng)
        out = ["experiment", "export", "experiment-20260102-030405", "--out", str(root)]
        return rng.choice([out, ["experiment", "list"]])

    def one(case: str, rng: random.Random) -> bool:
        arguments = asked(rng, tmp_path / case.replace("/", "-"))
        status = tried(case, (), main, [*arguments, *rng.choice([[], ["--json"]])])
        out, err = capsys.readouterr()
        assert status in (0, 1, 2) and "Traceback" not in out + err, f"{case}: {arguments} {status} {out}{err}"
        assert status == 0 or err.startswith("fer_core: "), f"{case}: {arguments} {err}"
        return status == 0

    assert every("commands", one) > 0.3
