"""What made a result: the versions of the code and of the packages that numbers depend on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from fer_core import __version__

PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-optimize")
"""Distributions whose version can change what a fit or a search gives."""


@lru_cache(maxsize=1)
def code_key() -> str:
    """Hash (32 hex digits) of fer_core's own source files: their names and contents.

    Line endings do not enter, so that checkouts of different systems agree.
    """
    root = Path(__file__).resolve().parent
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(root.rglob("*.py"), key=lambda f: f.relative_to(root).as_posix()):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Name → version of everything that has to agree between machines that share an experiment."""
    python = ".".join(platform.python_version_tuple()[:2])
    packages = {name: _version(name) for name in PACKAGES}
    return {"python": python, **packages, "fer_core": __version__, "fer_core's source": code_key()}


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """One phrase for each name whose version differs; empty where all agree."""
    return [
        f"{name} is {theirs.get(name, 'absent')} there and {ours.get(name, 'absent')} here"
        for name in dict.fromkeys([*ours, *theirs])
        if ours.get(name) != theirs.get(name)
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"


def provenance() -> dict[str, Any]:
    """What a result is kept with: version, source hash, commit, Python, platform and packages."""
    packages = {name: _version(name) for name in (*PACKAGES, "mediapipe")}
    return {
        "fer_core": __version__,
        "code_key": code_key(),
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version for name, version in packages.items() if version != "absent"},
    }


def commit() -> str:
    """The checkout's commit, read from its .git folder; empty outside of one. Says nothing of edits."""
    git = Path(__file__).resolve().parents[1] / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        name = head.removeprefix("ref: ")
        if name == head:
            return head
        if (git / name).is_file():
            return (git / name).read_text(encoding="utf-8").strip()
        packed = (git / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except (OSError, UnicodeDecodeError):
        return ""
