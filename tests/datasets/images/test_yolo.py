"""Pictures with boxes: names from data.yaml, the largest box, parts, and what is wrong with any of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets.images.catalog import open_images, recognise_images

from .trees import put, whys

CLASSES = ["Anger", "Contempt", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise"]
YAML = f"train: ../train/images\nval: ../valid/images\nnc: 8\nnames: {CLASSES}\n"


def one(root: Path, name: str, label: str | None, images: str = "train/images") -> None:
    """A picture and its label; none where it has none."""
    put(root / images / f"{name}.jpg")
    if label is not None:
        text = root / images.replace("images", "labels") / f"{name}.txt"
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_bytes(label.encode())


def tree(root: Path, parts: tuple[str, ...] = ("train/images", "valid/images"), names: str = YAML) -> Path:
    for number, images in enumerate(parts):
        for k in range(16 // (number + 1)):
            one(root, f"{number}_{k}", f"{k % 8} 0.5 0.5 1.0 0.9\n", images)
    put(root / "data.yaml", names)
    return root


@pytest.mark.parametrize("inner", ["", "YOLO_format"])
@pytest.mark.parametrize(
    "parts", [("train/images", "valid/images"), ("images/train", "images/val"), ("Train/images", "VALID/images")]
)
def test_affectnet_with_boxes_opens(tmp_path: Path, parts: tuple[str, ...], inner: str) -> None:
    tree(tmp_path / inner, parts)
    corpus = open_images(tmp_path)
    assert corpus.format == "yolo" and corpus.omissions == () and corpus.note == ""
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 16, "validation": 8}
    assert corpus.counts == dict.fromkeys(corpus.emotions, 3) and len(corpus.emotions) == 8
    assert corpus.item[0] == f"{parts[0]}/0_0.jpg" and corpus.emotion[0] == "anger"
    assert corpus.source.read(0).shape == (12, 16, 3)


@pytest.mark.parametrize(
    "names",
    [
        "names:\n" + "".join(f"  - {name}\n" for name in CLASSES),
        "names:\n" + "".join(f"  {k}: {name}\n" for k, name in enumerate(CLASSES)),
        "# a copy\r\nnames: &n ['Anger', \"Contempt\", Disgust, Fear, Happy, Neutral, Sad,\r\n Surprise]\r\n",
        "\ufeffnames: [Anger, Contempt, Disgust, Fear, Happy, Neutral, Sad, Surprise]",
    ],
)
def test_names_in_any_yaml(tmp_path: Path, names: str) -> None:
    assert len(open_images(tree(tmp_path, names=names)).emotions) == 8


def test_classes_txt_and_no_parts(tmp_path: Path) -> None:
    """LabelImg's form."""
    tree(tmp_path, ("images",))
    (tmp_path / "data.yaml").unlink()
    put(tmp_path / "classes.txt", "\r\n".join(CLASSES))
    put(tmp_path / "labels" / "classes.txt", "\n".join(CLASSES))
    corpus = open_images(tmp_path)
    assert len(corpus) == 16 and set(corpus.parts) == {""} and corpus.omissions == ()


def test_the_largest_box_counts_and_that_is_said(tmp_path: Path) -> None:
    tree(tmp_path)
    one(tmp_path, "many", "0 0.1 0.1 0.1 0.1\n4 0.5 0.5 0.8 0.8\n0 0.9 0.9 0.2 0.2 0.99\n")
    one(tmp_path, "polygon", "6 0 0 1 0 1 1 0 1\n0 0.5 0.5 0.5 0.5\n")
    one(tmp_path, "small", "7 0.5 0.5 0.1 0.1")
    corpus = open_images(tmp_path)
    shown = dict(zip(corpus.item.tolist(), corpus.emotion.tolist(), strict=True))
    assert shown["train/images/many.jpg"] == "happiness" and shown["train/images/polygon.jpg"] == "sadness"
    assert "Of several boxes, in 2 pictures, the largest counts (2 with boxes of different" in corpus.note
    assert "In 1 picture the face's box is less than a quarter" in corpus.note


def test_bad_labels_cost_their_picture_only(tmp_path: Path) -> None:
    tree(tmp_path)
    bad = {
        "empty": "",
        "word": "happy 0.5 0.5 1 1",
        "short": "4 0.5 0.5 1",
        "nan": "4 nan 0.5 1 1",
        "huge": "4 1e999 0.5 1 1",
        "code": "99 0.5 0.5 1 1",
        "long": "4 0.5 0.5 1 1\n" * 9000,
        "nul": "\0" * 9,
        "digits": f"{'4' * 5000} 0.5 0.5 1 1",
    }
    for name, label in bad.items():
        one(tmp_path, name, label)
    one(tmp_path, "none", None)
    put(tmp_path / "train" / "labels" / "orphan.txt", "4 0.5 0.5 1 1")
    corpus = open_images(tmp_path)
    told = whys(corpus)
    assert len(corpus) == 24 and len(told) == len(bad) + 2
    assert told["train/images/empty.jpg"] == "its label names no face"
    assert told["train/images/code.jpg"] == "its label 99 is out of range"
    assert told["train/images/none.jpg"] == "it has no label"
    assert told["train/labels/orphan.txt"] == "its image is missing"


def test_a_class_that_is_no_emotion_and_parts_without_labels_are_told(tmp_path: Path) -> None:
    tree(tmp_path, names=YAML.replace("Contempt", "Face"))
    put(tmp_path / "test" / "images" / "a.jpg")
    put(tmp_path / "extra" / "images" / "a.jpg")
    put(tmp_path / "loose.jpg")
    told = {o.where: (o.count, o.why) for o in open_images(tmp_path).omissions}
    assert told["train/images/0_1.jpg"][1] == "labelled 'Face', which is no emotion"
    assert told["test"][0] == told["extra"][0] == 1 and "loose.jpg" in told and len(told) == 6


def test_classes_named_by_numbers_are_asked_for(tmp_path: Path) -> None:
    tree(tmp_path, names="names: ['0', '1', '2', '3', '4', '5', '6', '7']")
    with pytest.raises(CorpusError, match="classes are named 0 to 7, and corpora differ"):
        open_images(tmp_path)
    assert open_images(tmp_path, codes="affectnet").emotion[0] == "neutral"


@pytest.mark.parametrize(
    "names",
    [
        "names: [",
        "names: !!python/object/apply:os.system ['touch ran']",
        "[" * 90_000,
        "names: 3",
        "\0",
        "names: [person, car]",
        "a: &a [1]\nb: &b [*a,*a]\nnames: [*b, *b]",
        f"names: [{'9' * 6000}]",
        "{? []: 1}",
    ],
)
def test_yaml_without_emotions_is_one_sentence(tmp_path: Path, names: str) -> None:
    tree(tmp_path, names=names)
    with pytest.raises(CorpusError) as caught:
        open_images(tmp_path)
    assert "\n" not in str(caught.value) and not (tmp_path / "ran").exists()


def test_codes_for_named_classes_are_refused(tmp_path: Path) -> None:
    assert recognise_images(tree(tmp_path)) == "yolo"
    with pytest.raises(SettingError, match="names the classes"):
        open_images(tmp_path, codes="affectnet")


def test_a_label_that_leads_out_is_not_read(tmp_path: Path) -> None:
    tree(tmp_path / "in")
    outside = put(tmp_path / "secret.txt", "4 0.5 0.5 1 1")
    (tmp_path / "in" / "train" / "labels" / "0_0.txt").unlink()
    (tmp_path / "in" / "train" / "labels" / "0_0.txt").symlink_to(outside)
    told = whys(open_images(tmp_path / "in"))
    assert told["train/images/0_0.jpg"] == "it has no label"
    assert "out of the corpus" in told["train/labels/0_0.txt"]
