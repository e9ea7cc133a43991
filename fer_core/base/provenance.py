"""What made a result: the versions of the code and of the packages that numbers depend on."""

from __future__ import annotations

import ast
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


ROOT = "fer_core.training.landmarks.tasks"
"""The module whose functions do the work of an experiment."""


@lru_cache(maxsize=4)
def code_key(*roots: str) -> str:
    """Hash (32 hex digits) of the source that can change a result: their names and contents.

    That is `ROOT` (or the given modules) and all of fer_core that it imports, directly or not; another
    figure or page does not make another result. Line endings do not enter, so that checkouts of
    different systems agree.
    """
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.blake2b(digest_size=16)
    found: dict[str, Path] = {}
    for root in roots or (ROOT,):
        found |= sources(root, package)
    for name, file in sorted(found.items()):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def sources(root: str, package: Path) -> dict[str, Path]:
    """Module name → file of a module and of all of its package that it imports, read from the source."""
    found: dict[str, Path] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        file = _file(name, package)
        if file is None or name in found:
            continue
        found[name] = file
        parts = name.split(".")
        waiting += [".".join(parts[:n]) for n in range(1, len(parts))]  # the packages it lies in
        waiting += _imports(file.read_bytes())
    return found


@lru_cache(maxsize=1024)
def _imports(source: bytes) -> tuple[str, ...]:
    """What a module's source imports, and all that might be a module of it. Parsed once: pages that watch an
    experiment ask again and again whether the code has changed.
    """
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _file(name: str, package: Path) -> Path | None:
    """The file of a module in the package; None for what is no module or lies elsewhere."""
    top, *parts = name.split(".")
    if top != package.name:
        return None
    place = package.joinpath(*parts)
    return next((f for f in (place.with_suffix(".py"), place / "__init__.py") if f.is_file()), None)


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
    git = Path(__file__).resolve().parents[2] / ".git"
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
