"""The networks the benchmark study designed itself (Ipinze Tutuianu et al., 2024, section 3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from fer_core.models.images.spec import ModelSpec
from fer_core.models.images.specs_public import network


def _own(name: str, title: str, published: Mapping[int, float], note: str, least: int) -> ModelSpec:
    return network(name, title, published, note, module="self_designed", least=least)


SPECS: tuple[ModelSpec, ...] = (
    _own(
        "sequential-simple",
        "Sequential Simple",
        {48: 2.5e6, 224: 22e6},
        "The text prints the second half of block 2 twice; once gives the printed counts, if the last "
        "convolution has 256 filters at 48 pixels (as in the study's code) and 64 at 224 (as in the "
        "text). Dropout 0.1 after each pooling, as in the code.",
        least=24,
    ),
    _own(
        "sequential-3-conv",
        "Sequential 3Conv",
        {48: 1.3e6},
        "Convolutions without a stated padding have none; dropout 0.5 before the last layer, as the "
        "text has it for Sequential 4 Conv.",
        least=18,
    ),
    _own(
        "sequential-4-conv",
        "Sequential 4Conv.",
        {48: 3e6},
        "Convolutions without a stated padding have none, but for the last: at 48 pixels its input is only 2 × 2.",
        least=34,
    ),
    _own(
        "ensemble",
        "Ensemble",
        {48: 2e6},
        "Three networks of the text's three convolutions have 0.8 million parameters. With each "
        "convolution twice (as in the study's code) and the third network twice as wide there are 2.0 "
        "million. Dropout 0.25 throughout, as in the text.",
        least=8,
    ),
    _own(
        "modular",
        "Modular",
        {48: 5e6, 224: 103e6},
        "Dense layers of 512 and 256 units with dropout 0.5 after each Flatten, and 5 × 5 as the larger "
        "kernel, are from the study's code: the text names the layers' kinds only.",
        least=8,
    ),
    _own(
        "smmb",
        "SMMB",
        {48: 5.5e6},
        "Four attention heads of 32 units, and a second pooling before them, are from the study's code: "
        "without the pooling there were 5.9 million parameters. The face branch gets no labels of its "
        "own, it only adds features.",
        least=8,
    ),
)
"""In the order of section 3.3."""
