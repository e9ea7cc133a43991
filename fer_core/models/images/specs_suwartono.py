"""What the registry knows of the models of Suwartono, Bata and Airlangga (2025)."""

from __future__ import annotations

from fer_core.models.images.spec import ModelSpec

_HERE = "fer_core.models.images."

LEAK_NOTE = "With sparsemax alone in the loss it hardly learns: while it is trained, a tenth of softmax is mixed in."
ATTENTION_NOTE = (
    "The study names Mish, squeeze-and-excitation and depthwise residual blocks, and gives no table of "
    "layers and no number of parameters. Its abstract reports 10 folds for this network, its results 5; its "
    "methods describe two other networks. Depth, widths and the plain convolutions at the head of each stage "
    "are ours."
)
FAST_NOTE = (
    "About 3 million parameters are all that is printed; widths and depths are ours. Section 3 has Mish in "
    "earlier layers and ReLU in later ones, section 3.3 ReLU alone: we follow the first. The sigmoid of "
    "squeeze-and-excitation is missing from its formula and kept here. The formula has the depthwise kernel "
    "alone; the text says depthwise separable, so that a 1x1 convolution follows it here. "
    f"{LEAK_NOTE}"
)
FORMER_NOTE = (
    "Described (sections 3 and 3.3) and never reported: no result, number of blocks, width or heads. Those, "
    f"the learned positions and the mean over tokens are ours. {LEAK_NOTE}"
)

CLASSICAL_NOTE = "Pixels in [0, 1] on 128 principal components."
_LINEAR = "Solver and regularisation are not printed: C is 1."


def _classical(name: str, title: str, note: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        title=title,
        study="suwartono",
        kind="classical",
        sizes=(48,),
        channels=1,
        builder=_HERE + "classical:" + name.replace("-", "_"),
        least=4,
        note=f"{CLASSICAL_NOTE} {note}",
    )


SPECS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="attention-cnn",
        title="Novel Attention CNN",
        study="suwartono",
        kind="network",
        sizes=(48,),
        channels=1,
        builder=_HERE + "attention:attention_cnn",
        least=16,
        note=ATTENTION_NOTE,
    ),
    ModelSpec(
        name="fastcnn-se",
        title="FastCNN-SE",
        study="suwartono",
        kind="network",
        sizes=(48,),
        channels=1,
        builder=_HERE + "fast_cnn:fast_cnn_se",
        published_parameters={48: 3e6},
        least=16,
        note=FAST_NOTE,
    ),
    ModelSpec(
        name="conv-former",
        title="ConvFormer",
        study="suwartono",
        kind="network",
        sizes=(48,),
        channels=1,
        builder=_HERE + "conv_former:conv_former",
        least=8,
        note=FORMER_NOTE,
    ),
    _classical("pca-logistic", "PCA + Logistic Regression", _LINEAR),
    _classical(
        "pca-linear-svc",
        "PCA + Linear SVC",
        f"{_LINEAR} Of the squared hinge loss: the one printed, the hinge, did not converge. It has margins "
        "and no probabilities: what it gives is the softmax of the margins, uncalibrated.",
    ),
    _classical(
        "pca-random-forest",
        "PCA + Random Forest",
        '300 trees (section 3.6; "approximately" in section 3), grown to the end, kept as arrays.',
    ),
)
