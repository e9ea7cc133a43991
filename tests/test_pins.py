"""The tested set of versions: what is declared, what is pinned and what is installed agree."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
# A drift in one of these broke the product before: see the reasons in requirements.txt.
PINS_THAT_MATTER = (
    "mediapipe",
    "protobuf",
    "numpy",
    "streamlit",
    "starlette",
    "streamlit-webrtc",
    "tensorflow-cpu",
    "keras",
    "opencv-contrib-python",
    "pandas",
    "pingouin",
    "scikit-optimize",
    "distributed",
)
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-cluster.txt")
PYTHONS = ("3.10", "3.11", "3.12")


def split_comment(line: str) -> tuple[str, str]:
    """A requirement line's two halves: what is asked for, and why."""
    wanted, _, reason = line.partition("#")
    return wanted.strip(), reason.strip()


def read(name: str) -> list[Requirement]:
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(wanted) for wanted, _ in map(split_comment, lines) if wanted]


def holds(requirement: Requirement, python: str) -> bool:
    """Whether the line counts for this Python on Linux x86-64, where the set was tested."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": "x86_64",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pins_for(requirements: list[Requirement], python: str) -> dict[str, str]:
    """name → version for one Python; raises when a name has two pins or a line is no exact pin."""
    pins: dict[str, str] = {}
    for requirement in requirements:
        if not holds(requirement, python):
            continue
        (clause,) = requirement.specifier
        name = canonicalize_name(requirement.name)
        if clause.operator != "==" or clause.version.endswith("*") or name in pins:
            raise ValueError(f"{requirement} is not one exact pin")
        pins[name] = clause.version
    return pins


def unmet(requirements: list[Requirement], pins: dict[str, str], python: str) -> list[str]:
    """The requirements that a set of pins leaves out or breaks."""
    return [
        str(requirement)
        for requirement in requirements
        if holds(requirement, python)
        and not ((pin := pins.get(canonicalize_name(requirement.name))) and requirement.specifier.contains(pin))
    ]


def drifted(pins: dict[str, str], installed: dict[str, str]) -> list[str]:
    """The pins that matter whose installed version is another one, or none."""
    return [
        f"{name}: tested with {pins[name]}, installed {installed.get(name, 'not at all')}"
        for name in PINS_THAT_MATTER
        if name in pins and (name not in installed or Version(installed[name]) != Version(pins[name]))
    ]


def rival_opencvs(installed: dict[str, str]) -> list[str]:
    """Every installed distribution that writes the cv2 folder."""
    return sorted(name for name in installed if name.startswith("opencv-"))


@pytest.fixture(scope="module")
def installed() -> dict[str, str]:
    return {canonicalize_name(found.name): found.version for found in metadata.distributions()}


@pytest.fixture(scope="module")
def this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_met_by_its_pin(python: str) -> None:
    pins = pins_for(read("constraints.txt"), python)
    assert unmet([wanted for name in REQUIREMENTS for wanted in read(name)], pins, python) == []
    assert set(PINS_THAT_MATTER) <= set(pins)


def test_what_is_installed_is_what_was_tested(installed: dict[str, str], this_python: str) -> None:
    assert drifted(pins_for(read("constraints.txt"), this_python), installed) == []


def test_one_opencv_only(installed: dict[str, str]) -> None:
    # opencv-python and opencv-contrib-python overwrite each other's cv2; which wins is chance.
    assert rival_opencvs(installed) == ["opencv-contrib-python"]


def test_the_tests_use_the_cluster_that_users_install() -> None:
    assert {str(wanted) for wanted in read("requirements-cluster.txt")} <= {
        str(wanted) for wanted in read("requirements-dev.txt")
    }


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_says_why_it_is_there(name: str) -> None:
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    silent = [wanted for wanted, why in map(split_comment, lines) if wanted and len(why.split()) < 2]
    assert silent == []


def test_every_requirement_has_a_range() -> None:
    wanted = [wanted for name in REQUIREMENTS for wanted in read(name)]
    assert [str(wish) for wish in wanted if not wish.specifier] == []


def test_constraints_are_accepted_by_plain_pip() -> None:
    # pip refuses extras, addresses and options in a constraints file, or lets them move the index.
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("-")] == []
    assert [str(pin) for pin in read("constraints.txt") if pin.extras or pin.url] == []


def test_a_planted_drift_is_found() -> None:
    pins = pins_for([Requirement("protobuf==4.25.9"), Requirement("numpy==1.26.4")], "3.11")
    assert drifted(pins, {"protobuf": "4.25.9", "numpy": "1.26.4"}) == []
    assert drifted(pins, {"protobuf": "5.29.5"}) == [
        "protobuf: tested with 4.25.9, installed 5.29.5",
        "numpy: tested with 1.26.4, installed not at all",
    ]


def test_a_planted_contradiction_is_found() -> None:
    pins = pins_for([Requirement("starlette==1.4.0"), Requirement('av==17.1.0; python_version < "3.11"')], "3.11")
    assert unmet([Requirement("starlette<1.4"), Requirement("av>=15")], pins, "3.11") == ["starlette<1.4", "av>=15"]
    with pytest.raises(ValueError, match="not one exact pin"):
        pins_for([Requirement("starlette>=1")], "3.11")
    with pytest.raises(ValueError, match="not one exact pin"):
        pins_for([Requirement("av==17.1.0"), Requirement("AV==18.1.0")], "3.11")


def test_a_planted_second_opencv_is_found() -> None:
    both = {"opencv-contrib-python": "4.11.0.86", "opencv-python": "4.11.0.86", "numpy": "1.26.4"}
    assert rival_opencvs(both) == ["opencv-contrib-python", "opencv-python"]
