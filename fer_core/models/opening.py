"""Opening a bundle of either kind: of landmarks (`Bundle`) or of pictures (`ImageBundle`)."""

from __future__ import annotations

from pathlib import Path

from fer_core.models.bundle import Bundle, load_bundle
from fer_core.models.images.bundle import ImageBundle, is_image_bundle, load_image_bundle

AnyBundle = Bundle | ImageBundle


def open_bundle(folder: str | Path) -> AnyBundle:
    """The bundle in a folder. Of an image bundle the description alone is read: its graph does the work.

    Raises `BundleError` as `load_bundle` and `load_image_bundle`.
    """
    folder = Path(folder)
    return load_image_bundle(folder, arrays=False) if is_image_bundle(folder) else load_bundle(folder)
