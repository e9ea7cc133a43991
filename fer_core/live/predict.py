"""Classifying a photo, a clip or a folder of frames with a bundle of either kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fer_core.base.errors import SettingError
from fer_core.datasets.base import Clip
from fer_core.datasets.folders import open_frames
from fer_core.datasets.media import read_photo
from fer_core.datasets.signatures import is_image_name
from fer_core.landmarks.landmarker import RgbImage
from fer_core.live.images.media import predict_apex, predict_picture
from fer_core.live.media import checked_media, predict_image, predict_media
from fer_core.live.prediction import Prediction
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.opening import AnyBundle


def predict(bundle: AnyBundle, source: str | Path, *, starts_neutral: bool = True, as_is: bool = False) -> Prediction:
    """Classify a file or folder; see `predict_media` (landmarks) and `fer_core.live.images.media` (pictures).

    Parameters
    ----------
    starts_neutral : of a clip read by its landmarks, whether it begins with the neutral face
    as_is : of a photo read as a picture, whether it is a face that was cut out already

    Raises
    ------
    MediaError, LandmarkError, BundleError
        If it cannot be read, shows no face, or the bundle comes without a graph.
    SettingError
        If a bundle of landmarks is to read a picture as it is.
    """
    if not isinstance(bundle, ImageBundle):
        if as_is:
            raise SettingError(
                "a recogniser of landmarks cannot read a picture as it is",
                fix="use an image model, or leave --as-is out",
            )
        return predict_media(bundle, source, starts_neutral=starts_neutral)
    path = checked_media(source)
    if path.is_dir():
        clip, left = open_frames(path)
        said, _ = predict_apex(bundle, clip)
        return replace(said, remarks=(*left, *said.remarks))
    if is_image_name(path.name):
        image, remarks = read_photo(path)
        return replace(predict_picture(bundle, image, path.name, as_is=as_is), remarks=remarks)
    return predict_apex(bundle, Clip(path.name, path.stem, None, video=path))[0]


def predict_photo(bundle: AnyBundle, image: RgbImage, name: str = "the photo") -> Prediction:
    """Classify one photo, uint8 RGB (H, W, 3), with a bundle of either kind; errors as `predict`."""
    if isinstance(bundle, ImageBundle):
        return predict_picture(bundle, image, name)
    return predict_image(bundle, image, name)
