"""What three studies print of their image models' results, and why it must be read with care."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    corpus : FER2013, FERPlus, RAF-DB, AffectNet or CK+
    size : input side in pixels
    accuracy, macro_f1 : shares, None where not printed
    n : pictures tested, None where it is not printed
    tested : on what it was tested, in words
    where : the table
    caveat : a sentence on why it cannot be taken as it stands
    balancing : how classes were weighted, initial : weights to begin with; empty where not printed
    """

    study: Study
    model: str
    title: str
    corpus: str
    size: int
    accuracy: float
    macro_f1: float | None
    n: int | None
    tested: str
    where: str
    caveat: str
    balancing: str = ""
    initial: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


_FUSION = {"Deep residual BiLSTM": "bilstm", "Proposed residual LSTM": "lstm", "Deep residual GRU": "gru"}
_CORPORA = {4: "FER2013", 5: "FERPlus", 6: "RAF-DB", 7: "CK+"}
_BENCHMARK = {
    "VGG16": "vgg16",
    "VGG-16": "vgg16",
    "VGG19": "vgg19",
    "VGG-19": "vgg19",
    "VGGNet": "vggnet",
    "MediaPipe + VGGNet": "mediapipe-vggnet",
    "ResNet18": "resnet18",
    "ResNet18 + Dropout + Dense": "resnet18",
    "ResNet50": "resnet50",
    "SeNet50": "senet50",
    "Sequential 4 Conv": "sequential-4-conv",
    "Sequential 4Conv.": "sequential-4-conv",
    "Sequential 3Conv": "sequential-3-conv",
    "Sequential Simple": "sequential-simple",
    "DenseNet121": "densenet121",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenetv2",
    "MobileNetv2": "mobilenetv2",
    "EfficientNetV2_B0": "efficientnetv2b0",
    "EfficientNetV2B0": "efficientnetv2b0",
    "NasNetMobile": "nasnetmobile",
    "AlexNet": "alexnet",
    "Ensemble": "ensemble",
    "Modular": "modular",
    "RepVGG": "repvgg",
    "SMMB": "smmb",
    "LeNet5": "lenet5",
    "ZFNET": "zfnet",
    "GoogLeNet": "googlenet",
    "Xception": "xception",
    "InceptionV3": "inceptionv3",
}
"""Names in the tables, without the initial weights and the star (a flattened last map), by the registry's."""
_BEGUN = {"IN": "imagenet", "VF": "vggface", "SC": "none"}
_ATTENTION = {
    "Novel Attention CNN": "attention-cnn",
    "FastCNN-SE + Sparsemax + Poly-Focal (Test)": "fastcnn-se",
    "PCA + Logistic Regression": "pca-logistic",
    "PCA + Linear SVC": "pca-linear-svc",
    "PCA + Random Forest": "pca-random-forest",
}


WHOLE: dict[str, tuple[int, ...]] = {
    "FER2013": (28_709, 3_589, 7_178, 35_887),
    "FERPlus": (28_709, 3_589, 3_573, 7_178, 35_887),
    "RAF-DB": (12_271, 3_068, 15_339),
    "AffectNet": (3_500, 4_000),
    "CK+": (981,),
}
"""Pictures of the official parts of well-known corpora, of several parts together, and of CK+48."""

_MISSING = {"FERPlus": 0.07}
"""Share of a part's pictures that may be missing because no label won; elsewhere 2 %, unreadable ones."""


@cache
def printed() -> tuple[Printed, ...]:
    """Every printed result of a model that is in the registry, study by study."""
    return (*_munsarif(), *_tutuianu(), *_suwartono())


def printed_for(model: str, corpus: str) -> list[Printed]:
    """What was printed of a model on a corpus (`fer_core.results.images.board.family`)."""
    return [p for p in printed() if p.model == model and p.corpus == corpus]


def unreadable(model: str, corpus: str) -> str:
    """The table that prints a model's result on a corpus where its text cannot be read; else empty."""
    for number in _WHOLE_TABLES:
        for row in _rows(number):
            if (_named(row["model"])[0], row["dataset"]) == (model, corpus) and _blank(row["val_accuracy"]):
                return f"Table {number}"
    return ""


@dataclass(frozen=True)
class Beside:
    """What is printed of a result's model on its corpus, and whether it may be compared with the result.

    Attributes
    ----------
    values : those that were trained most like it (input side, class weights, initial weights)
    why_not : why they may not be compared, to stand after a colon; empty where they may, or there is none
    whole : whether the result was tested on an official part of the corpus, not on an excerpt
    """

    values: tuple[Printed, ...]
    why_not: str
    whole: bool


def beside(row: Mapping[str, Any], metric: str = "accuracy") -> Beside:
    """What is printed beside a result.

    A printed value may be compared where it was tested on as many pictures of the same corpus.

    Parameters
    ----------
    row : of `fer_core.results.images.board.board`
    metric : "accuracy" or "macro_f1"; nothing else is printed
    """
    found = [p for p in printed_for(row["model"], row["family"]) if value(p, metric) is not None]
    for name in ("size", "balancing", "initial"):
        found = [p for p in found if getattr(p, name) == row[name]] or found
    whole, n = is_whole(row["family"], row["pictures"]), f"{row['pictures']:,}"
    if not found:
        return Beside((), "", whole)
    if not whole:
        return Beside(tuple(found), f"these {n} pictures are not an official part of {row['family']}", False)
    same = [p for p in found if p.n == row["pictures"]]
    if same:
        return Beside(tuple(same), "", True)
    there = " or ".join(dict.fromkeys(p.tested for p in found))
    return Beside(tuple(found), f"it was tested on {there}, ours on {n} pictures", True)


def is_whole(corpus: str, n: int) -> bool:
    """Whether so many pictures are an official part of a well-known corpus; False for other corpora."""
    least = 1 - _MISSING.get(corpus, 0.02)
    return any(least * size <= n <= size for size in WHOLE.get(corpus, ()))


def value(p: Printed, metric: str) -> float | None:
    """A printed value by a board's metric; None where it is not printed."""
    return p.accuracy if metric == "accuracy" else p.macro_f1 if metric == "macro_f1" else None


def _munsarif() -> Iterator[Printed]:
    tested = {str(r["database"]): int(r["testing"]) for r in table("munsarif", 1).to_dict("records")}
    for number, corpus in _CORPORA.items():
        n = tested[corpus]
        for row in table("munsarif", number).to_dict("records"):
            case = {"I": 1, "II": 2}[row["case"]]
            yield Printed(
                "munsarif",
                f"residual-{_FUSION[row['model']]}-{case}",
                f"{row['model']}, case {row['case']}",
                corpus,
                48 if corpus == "CK+" else 100,
                row["accuracy_pct"] / 100,
                row["f1_pct"] / 100,
                n,
                f"{n:,} pictures",
                f"Table {number}",
                _fusion_caveat(corpus, float(row["accuracy_pct"]), n),
            )


def _fusion_caveat(corpus: str, percent: float, n: int) -> str:
    errors, limit = attainable(percent, n), zero_error_limit(n)
    if corpus == "CK+":
        return (
            "Three frames of each sequence, split picture by picture: nearly every test picture has a "
            f"sibling of the same face in training. And no error in {n} pictures still allows an error rate "
            f"of {limit:.1%}."
        )
    if corpus == "FERPlus":
        cannot = "" if errors is not None else f"No number of errors among {n:,} pictures gives {percent:.2f} %. "
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


_WHOLE_TABLES = {2: 48, 3: 224}
"""Tables of every model on every corpus by their input side; Tables 4 to 6 repeat the best of them."""


def _tutuianu() -> Iterator[Printed]:
    for number, size in _WHOLE_TABLES.items():
        for row in _rows(number):
            if not _blank(row["val_accuracy"]):
                yield _benchmark(row, size, number)
    for number, size in ((4, 48), (5, 224), (6, 0)):
        for row in _rows(number):
            yield _benchmark(row, size or int(str(row["resolution"]).partition("x")[0]), number)


def _rows(number: int) -> list[dict[Any, Any]]:
    return table("tutuianu", number).to_dict("records")


def _blank(printed: Any) -> bool:
    return bool(printed != printed)  # what could not be read is empty in the table, and NaN here


def _named(name: str) -> tuple[str, str]:
    """The registry's name and the initial weights of a model as the tables call it."""
    model, _, begun = name.rstrip("*").partition(" - ")
    return _BENCHMARK[model], _BEGUN.get(begun, "")


def _benchmark(row: dict[Any, Any], size: int, number: int) -> Printed:
    model, initial = _named(row["model"])
    corpus, balancing = str(row.get("dataset", "RAF-DB")), str(row.get("balance", ""))
    title = row["model"] + (f", {balancing} weights" if balancing else "")
    return Printed(
        "tutuianu",
        model,
        title,
        corpus,
        size,
        float(row["val_accuracy"]),
        None,
        None,
        "a validation part whose size is not printed",
        f"Table {number}",
        _benchmark_caveat(row["model"], corpus, number),
        balancing,
        initial,
    )


def _benchmark_caveat(model: str, corpus: str, number: int) -> str:
    said = f"On {corpus}'s validation side, of which neither the size nor its use in training is printed"
    if number in _WHOLE_TABLES:
        return f"{said}."
    said += "; shown because it was among the best there, so that it flatters."
    if model.startswith("ResNet18"):
        return f"{said} Its accuracy on BTFER is .56 in one table and .55 in another."
    if model.startswith("ResNet50"):
        return f"{said} One table has .85, another .86 and .87."
    return said


def _suwartono() -> Iterator[Printed]:
    for row in table("suwartono", 1).to_dict("records"):
        model = _ATTENTION[row["model"]]
        yield Printed(
            "suwartono",
            model,
            row["model"],
            "FER2013",
            48,
            float(row["accuracy"]),
            float(row["macro_f1"]),
            7178 if model == "fastcnn-se" else None,
            _ATTENTION_TESTED.get(model, _BASELINE_TESTED),
            "Table 1",
            _ATTENTION_CAVEATS.get(model, _BASELINE),
        )


_BASELINE_TESTED = "five folds of pictures it does not name"
_ATTENTION_TESTED = {
    "attention-cnn": "five or ten folds of the training part",
    "fastcnn-se": "7,178 pictures, both held-out parts together",
}


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
