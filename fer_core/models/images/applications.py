"""The networks that keras.applications has, each with the study's head (section 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import keras

from fer_core.models.images.initial_weights import imagenet
from fer_core.models.images.public_blocks import head, images
from fer_core.models.images.public_layers import ImagenetInput, Mode


@dataclass(frozen=True)
class Application:
    """A network of keras.applications: its function, what it expects of pixels, the head's dense layers."""

    function: str
    mode: Mode
    units: Sequence[int] = (256, 256)


WIDE = (1024, 1024, 512)
"""A head that is not in the text; with it the parameters of three networks come to what is printed."""


def _build(
    application: Application, *, size: int, channels: int, classes: int, dropout: float | None, weights: str | None
) -> keras.Model:
    given = images(size, channels)
    pixels = ImagenetInput(application.mode, name="pixels")(given)
    function = getattr(keras.applications, application.function)
    make = partial(function, include_top=False, input_tensor=pixels)
    trunk = imagenet(make, application.function) if weights == "imagenet" else make(weights=None)
    return keras.Model(given, head(trunk.output, classes, dropout, units=application.units))


def _builder(function: str, mode: Mode, units: Sequence[int] = (256, 256)) -> Callable[..., keras.Model]:
    return partial(_build, Application(function, mode, units))


vgg16 = _builder("VGG16", "caffe")
vgg19 = _builder("VGG19", "caffe")
inceptionv3 = _builder("InceptionV3", "signed", WIDE)
xception = _builder("Xception", "signed")
resnet50 = _builder("ResNet50", "caffe")
densenet121 = _builder("DenseNet121", "torch")
mobilenet = _builder("MobileNet", "signed", WIDE)
mobilenetv2 = _builder("MobileNetV2", "signed", WIDE)
efficientnetv2b0 = _builder("EfficientNetV2B0", "bytes")
nasnetmobile = _builder("NASNetMobile", "signed")
