"""What three studies print of their image models' results, and why it must be read with care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from fer_core.paper.munsarif import attainable, zero_error_limit
from fer_core.paper.published import Study, table


@dataclass(frozen=True)
class Printed:
    """One printed result.

    Attributes
    ----------
    model : str
        Name in the registry of image models.
    title : as printed
    corpus : FER2013, FERPlus, RAF-DB or CK+
    size : input side in pixels, 0 where it is not printed
    accuracy, macro_f1 : shares, None where not printed
    n : pictures tested, None where it is not printed
    where : the table
    caveat : a sentence on why it cannot be taken as it stands
    """

    study: Study
    model: str
    title: str
    corpus: str
    size: int
    accuracy: float
    macro_f1: float | None
    n: int | None
    where: str
    caveat: str

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


_FUSION = {"Deep residual BiLSTM": "bilstm", "Proposed residual LSTM": "lstm", "Deep residual GRU": "gru"}
_CORPORA = {4: "FER2013", 5: "FERPlus", 6: "RAF-DB", 7: "CK+"}
_BENCHMARK = {
    "VGG16 - IN": "vgg16", "VGG19": "vgg19", "VGGNet": "vggnet", "MediaPipe + VGGNet": "mediapipe-vggnet",
    "ResNet18": "resnet18", "ResNet50 - VF": "resnet50", "SeNet50 - VF": "senet50", "VGG-16 - VF": "vgg16",
    "Sequential 4 Conv": "sequential-4-conv", "ResNet50": "resnet50", "DenseNet121": "densenet121",
}  # fmt: skip
_ATTENTION = {
    "Novel Attention CNN": "attention-cnn",
    "FastCNN-SE + Sparsemax + Poly-Focal (Test)": "fastcnn-se",
    "PCA + Logistic Regression": "pca-logistic",
    "PCA + Linear SVC": "pca-linear-svc",
    "PCA + Random Forest": "pca-random-forest",
}


@cache
def printed() -> tuple[Printed, ...]:
    """Every printed result of a model that is in the registry, study by study."""
    return (*_munsarif(), *_tutuianu(), *_suwartono())


def printed_for(model: str, corpus: str) -> list[Printed]:
    """What was printed of a model on a corpus (`fer_core.results.image_board.family`)."""
    return [p for p in printed() if p.model == model and p.corpus == corpus]


def _munsarif() -> Iterator[Printed]:
    tested = {str(r["database"]): int(r["testing"]) for r in table("munsarif", 1).to_dict("records")}
    for number, corpus in _CORPORA.items():
        n = tested[corpus]
        for row in table("munsarif", number).to_dict("records"):
            case = {"I": 1, "II": 2}[row["case"]]
            yield Printed(
                "munsarif", f"residual-{_FUSION[row['model']]}-{case}", f"{row['model']}, case {row['case']}",
                corpus, 48 if corpus == "CK+" else 100, row["accuracy_pct"] / 100, row["f1_pct"] / 100, n,
                f"Table {number}", _fusion_caveat(corpus, float(row["accuracy_pct"]), n),
            )  # fmt: skip


def _fusion_caveat(corpus: str, percent: float, n: int) -> str:
    errors, limit = attainable(percent, n), zero_error_limit(n)
    if corpus == "CK+":
        return (
            "Three frames of each sequence, split picture by picture: nearly every test picture has a "
            f"sibling of the same face in training. And no error in {n} pictures still allows an error rate "
            f"of {limit:.1%}."
        )
    if corpus == "FERPlus":
        cannot = (
            "" if errors is not None else f"No number of errors among {n:,} pictures gives {percent:.2f} %. "
        )
        return (
            f"{cannot}More training pictures are counted than FERPlus has, so some are copies made by "
            "augmentation. Made before the split, they would let test pictures be learned."
        )
    if corpus == "FER2013":
        return (
            f"{errors} errors among {n:,} pictures, of a corpus whose labels people dispute far more often, "
            "and where the best ensembles reach .77. Test pictures, or copies of them, in training would "
            "explain it."
        )
    return (
        f"No error among {n:,} pictures of a corpus where the best published networks reach .92. Test "
        "pictures, or copies of them, in training would explain it."
    )


def _tutuianu() -> Iterator[Printed]:
    for number, size in ((4, 48), (5, 224)):
        for row in table("tutuianu", number).to_dict("records"):
            balance = f", {row['balance']} weights" if "balance" in row else ""
            yield _benchmark(row, size, number, balance)
    for row in table("tutuianu", 6).to_dict("records"):
        yield _benchmark(row, int(str(row["resolution"]).partition("x")[0]), 6, "")


def _benchmark(row: dict[Any, Any], size: int, number: int, balance: str) -> Printed:
    return Printed(
        "tutuianu", _BENCHMARK[row["model"]], f"{row['model']}{balance}", "RAF-DB", size,
        float(row["val_accuracy"]), None, None, f"Table {number}", _benchmark_caveat(row["model"]),
    )  # fmt: skip


def _benchmark_caveat(model: str) -> str:
    said = (
        "On RAF-DB's validation side, of which neither the size nor its use in training is printed; shown "
        "because it was among the best there, so that it flatters."
    )
    if model.startswith("ResNet18"):
        return f"{said} Its accuracy on BTFER is .56 in one table and .55 in another."
    if model.startswith("ResNet50"):
        return f"{said} One table has .85, another .86 and .87."
    return said


def _suwartono() -> Iterator[Printed]:
    for row in table("suwartono", 1).to_dict("records"):
        model = _ATTENTION[row["model"]]
        yield Printed(
            "suwartono", model, row["model"], "FER2013", 48, float(row["accuracy"]), float(row["macro_f1"]),
            7178 if model == "fastcnn-se" else None, "Table 1", _ATTENTION_CAVEATS.get(model, _BASELINE),
        )  # fmt: skip


_BASELINE = (
    "Which pictures were tested is not printed; macro F1 is a mean over the classes here, another definition "
    "than the attention CNN's."
)
_ATTENTION_CAVEATS = {
    "attention-cnn": "A mean over folds (ten in the abstract, five in the text, whose mean is .613), not of "
    "the test side; the network is never specified. Its macro F1 is the harmonic mean of two means.",
    "fastcnn-se": "The text calls it .548, which is its macro precision. The printed interval, .546 to .550, "
    "is ten times too narrow: of 7,178 pictures it is .585 to .607.",
}
