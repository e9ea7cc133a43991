"""The public networks of the benchmark study (Ipinze Tutuianu et al., 2024, section 3.2, Tables 2 to 4).

Parameters are compared with what Tables 2 and 3 print. Where the text leaves an architecture open, the
reading whose count comes nearest was taken. "The study's code" is the authors', at
github.com/gipinze/ResearchModels_GIT.
"""

from __future__ import annotations

from collections.abc import Mapping

from fer_core.models.images.spec import ModelSpec

_PACKAGE = "fer_core.models.images"
_IMAGENET = ("imagenet",)

_PIXELS = (
    "Pixels are prepared inside the model as ImageNet's weights expect them; the study fed 0..1. "
    "Grey is repeated to three channels."
)
_HEAD = f"keras.applications with the study's head: mean pooling, 256 and 256 units. {_PIXELS}"
_WIDE = (
    "keras.applications, mean pooling and 1024, 1024 and 512 units: the text's 256 and 256 would give "
    f"{{}} million parameters. {_PIXELS}"
)


def network(
    name: str,
    title: str,
    published: Mapping[int, float],
    note: str,
    *,
    module: str,
    least: int,
    pretrained: tuple[str, ...] = (),
) -> ModelSpec:
    """A network of the study, which a module of this package builds by a function of its name."""
    return ModelSpec(
        name=name,
        title=title,
        study="tutuianu",
        kind="network",
        sizes=tuple(published),
        channels=3,
        builder=f"{_PACKAGE}.{module}:{name.replace('-', '_')}",
        published_parameters=published,
        pretrained=pretrained,
        least=least,
        note=note,
        crop="landmarks" if name.startswith("mediapipe") else "",
    )


def _application(
    name: str, title: str, published: Mapping[int, float], note: str = _HEAD, *, least: int = 32
) -> ModelSpec:
    return network(name, title, published, note, module="applications", least=least, pretrained=_IMAGENET)


SPECS: tuple[ModelSpec, ...] = (
    network(
        "lenet5",
        "LeNet5",
        {48: 0.2e6},
        "The original's widths and tanh; Flatten, as starred in Table 2.",
        module="classic",
        least=16,
    ),
    network(
        "alexnet",
        "AlexNet",
        {48: 21.5e6},
        "The original in one column with local response normalisation. At 48 pixels its last map is one "
        "point, so Flatten (starred) and mean pooling are the same, which is what the printed count "
        "says. In the study's code for FER2013 the notebook called AlexNet holds the Modular network "
        "(5.3 million parameters).",
        module="classic",
        least=35,
    ),
    network(
        "zfnet",
        "ZFNET",
        {48: 21.5e6},
        "As the study's code, where a 5 × 5 at stride 2 follows a 7 × 7 at stride 2; twice 4096 units.",
        module="classic",
        least=27,
    ),
    _application("vgg16", "VGG16", {48: 15e6, 224: 15e6}, f"IN, VF and SC are initial weights. {_HEAD}"),
    _application("vgg19", "VGG19", {48: 20e6, 224: 20e6}),
    network(
        "vggnet",
        "VGGNet",
        {48: 15e6, 224: 12e6},
        "The text only says that it is uniform and deep. Read as the VGGNet of Khaireddin and Chen "
        "(2021) for FER2013: four blocks of two convolutions with batch normalisation, Flatten of 3 × "
        "3, 2048 and 256 units (theirs are 4096 and 4096). At 224 pixels the last map is averaged to 3 "
        "× 3, so the count is the same; no one reading gives both printed counts. The study's code has "
        "VGG16's convolutions with twice 4096 units (33.6 million), which fits neither.",
        module="classic",
        least=16,
    ),
    network(
        "mediapipe-vggnet",
        "MediaPipe + VGGNet",
        {48: 5.5e6},
        "Only in Table 4, never described. Read as VGGNet's four blocks with the study's 256 and 256 "
        "units, on the face cut out upright by MediaPipe's landmarks: the crop is preparation, not part "
        "of the network.",
        module="classic",
        least=16,
    ),
    network(
        "googlenet",
        "GoogLeNet",
        {48: 6e6, 224: 89e6},
        "The original without auxiliary classifiers. At 48 pixels 3 × 3 at stride 1 comes first (as in "
        "the study's code, which gives the numbers of filters in another order than the authors of "
        "GoogLeNet). The count at 224 pixels means that maps are flattened: Flatten with 1024, 1024 and "
        "512 units gives 59 million; no plain reading gives 89.",
        module="googlenet",
        least=32,
    ),
    _application("inceptionv3", "InceptionV3", {224: 26e6}, _WIDE.format(22.4), least=75),
    _application("xception", "Xception", {224: 21.5e6}, least=71),
    network(
        "resnet18",
        "ResNet18 + Dropout + Dense",
        {48: 12e6, 224: 6e6},
        "Dropout 0.2, 1024 units, and a last dropout whose rate the text leaves open (0.5 in the "
        "study's code). At 48 pixels a 3 × 3 at stride 1 comes first, at 224 the original's 7 × 7 and "
        "pooling. The 6 million printed at 224 pixels are half of what 18 layers of these widths have.",
        module="residual",
        least=32,
    ),
    _application("resnet50", "ResNet50", {48: 24e6, 224: 24e6}),
    network(
        "senet50",
        "SeNet50",
        {224: 27e6},
        "SE-ResNet-50 (Hu et al.) with the study's head, layers in the order of VGGFace2's published "
        f"weights. {_PIXELS}",
        module="residual",
        least=32,
    ),
    _application("densenet121", "DenseNet121", {48: 7e6, 224: 7e6}),
    _application("mobilenet", "MobileNet", {48: 6e6, 224: 6e6}, _WIDE.format(3.6)),
    _application("mobilenetv2", "MobileNetV2", {48: 5e6, 224: 5e6}, _WIDE.format(2.7)),
    _application("efficientnetv2b0", "EfficientNetV2_B0", {48: 6e6, 224: 6e6}),
    _application("nasnetmobile", "NasNetMobile", {48: 4.5e6, 224: 5e6}),
    network(
        "repvgg",
        "RepVGG",
        {48: 26.5e6, 224: 34e6},
        "RepVGG-A2 of Ding et al. in its training form, mean pooling and the last layer; it can be "
        "re-parameterised. What the study's code calls RepVGG are residual blocks of two convolutions, "
        "which cannot. Nothing in it depends on the input side, so 34 million at 224 pixels must have "
        "been another variant.",
        module="repvgg",
        least=32,
    ),
)
"""In the order of section 3.2, oldest first."""
