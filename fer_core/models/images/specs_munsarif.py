"""What the registry knows of the models of Munsarif and Ku-Mahamud (2026)."""

from __future__ import annotations

from fer_core.models.images.spec import ModelSpec

_TITLES = {
    "bilstm": "Deep residual BiLSTM fusion",
    "lstm": "Deep residual LSTM fusion",
    "gru": "Deep residual GRU fusion",
}
_CASES = {1: "case I", 2: "case II"}

NOTE = (
    'Table 2 swaps its labels: "kernel" is read as the number of filters, "filter" as the side of the '
    "kernel. The spatial network's kernel is not printed (its row repeats the number of filters); 3x3 "
    "is ours. A still image has no time: both branches see the same picture, and the rows of the fused "
    "map are read as the sequence. How many layers and blocks, where maps are pooled, and the dropout "
    "are not printed. The study resizes FER2013, FERPlus and RAF-DB to 100 pixels and CK+ to 48; 48 "
    "comes first here because FER2013 has no more."
)


def _spec(kind: str, case: int) -> ModelSpec:
    return ModelSpec(
        name=f"residual-{kind}-{case}",
        title=f"{_TITLES[kind]}, {_CASES[case]}",
        study="munsarif",
        kind="network",
        sizes=(48, 100),
        channels=1,
        builder=f"fer_core.models.images.recurrent_fusion:residual_{kind}_{case}",
        least=16,
        note=NOTE,
    )


SPECS: tuple[ModelSpec, ...] = tuple(_spec(kind, case) for kind in _TITLES for case in _CASES)
