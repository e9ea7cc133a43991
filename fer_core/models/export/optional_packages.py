"""Packages that only the export needs, and the sentence that is said where they are absent."""

from __future__ import annotations

import importlib
from typing import Any

from fer_core.base.errors import BundleError


def needed(package: str) -> Any:
    """The imported package. Raises `BundleError` where it is not installed or cannot be loaded."""
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise BundleError(
            f"the export needs the package {package}, which cannot be loaded ({error})",
            fix="install all requirements in one step: pip install -r requirements.txt -c constraints.txt",
        ) from error
