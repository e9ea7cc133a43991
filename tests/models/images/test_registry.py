"""The registry: light, complete, and helpful where a name is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fer_core.base.errors import SettingError
from fer_core.models.images.registry import REGISTRY, STUDIES, counts_file, find, listing

REPOSITORY = Path(__file__).resolve().parents[3]


def test_it_loads_no_keras() -> None:
    code = (
        "import fer_core.models.images.registry as r, sys; r.listing(); "
        "print(*[m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_names_are_slugs_and_sizes_can_be_built() -> None:
    for name, spec in REGISTRY.items():
        assert name == spec.name
        assert name == name.lower()
        assert name.replace("-", "").isalnum()
        assert spec.study in STUDIES
        assert spec.sizes
        assert min(spec.sizes) >= spec.least
        assert spec.channels in (1, 3)
        assert set(spec.published_parameters or {}) <= set(spec.sizes)


@pytest.mark.parametrize("name", ["vgg16", " VGG16 ", "sequential_4_conv", "Sequential 4 Conv"])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert find(name).name in {"vgg16", "sequential-4-conv"}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("vgg", "did you mean"), ("resnet", "resnet"), ("???", "choose one that the models command lists")],
)
def test_an_unknown_name_gets_near_ones(wrong: str, words: str) -> None:
    with pytest.raises(SettingError, match=f"no image model.*{words}"):
        find(wrong)


def test_the_listing_is_plain_data_with_both_counts() -> None:
    rows = {row["name"]: row for row in json.loads(json.dumps(listing()))}
    assert list(rows) == list(REGISTRY)
    assert rows["vgg16"]["parameters"]["48"] == 14_913_607
    assert rows["vgg16"]["published_parameters"] == {"48": 15e6, "224": 15e6}
    assert rows["mediapipe-vggnet"]["crop"] == "landmarks"
    assert rows["vgg16"]["pretrained"] == ["imagenet"]


def test_every_network_was_counted_at_every_size_and_nothing_else() -> None:
    kept = json.loads(counts_file().read_text("utf-8"))
    networks = {s.name: [str(size) for size in s.sizes] for s in REGISTRY.values() if s.kind == "network"}
    assert {name: list(sizes) for name, sizes in kept.items()} == networks


def test_counts_that_the_study_pins_down_are_within_a_tenth_of_what_it_prints() -> None:
    """Where no reading comes that near, the note says so."""
    far = {
        (row["name"], size)
        for row in listing()
        if row["study"] == "tutuianu"
        for size, printed in row["published_parameters"].items()
        if abs(row["parameters"][size] / printed - 1) > 0.1
    }
    assert far == {
        ("lenet5", "48"),  # 169,271 rounds to the printed 0.2 million
        ("vggnet", "224"),
        ("googlenet", "224"),
        ("resnet18", "224"),
        ("repvgg", "224"),
    }
