"""Hugging Face's parquet: pictures in bytes, names of labels in the schema, parts in file names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_core.base.errors import CorpusError, MediaError, SettingError
from fer_core.datasets.images.catalog import open_images, recognise_images

from .trees import blobs, picture, png, put, whys

NAMES = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def write(
    file: Path,
    labels: list[Any],
    names: list[str] | None = NAMES,
    images: list[bytes | None] | None = None,
    **columns: Any,
) -> Path:
    """A file as `datasets` writes it; `names` are the ClassLabel's."""
    images = [png(blobs(k, 24)) for k in range(len(labels))] if images is None else images
    struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = pa.array([{"bytes": data, "path": f"{k}.png"} for k, data in enumerate(images)], struct)
    table = pa.table(columns or {"image": pictures, "label": pa.array(labels)})
    feature = {"names": names, "_type": "ClassLabel"}
    told = {"info": {"features": {"image": {"_type": "Image"}, "label": feature}}}
    if names is not None:
        table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, row_group_size=5)
    return file


def test_files_by_part_open_with_the_names_of_the_schema(tmp_path: Path) -> None:
    root = tmp_path / "hf"
    write(root / "data" / "train-00000-of-00002.parquet", list(range(7)))
    write(root / "data" / "train-00001-of-00002.parquet", [3, 3])
    write(root / "data" / "validation-00000-of-00001.parquet", [0])
    write(root / "data" / "test-00000-of-00001.parquet", [4])
    put(root / "README.md", "---\n")
    corpus = open_images(root)
    assert corpus.format == "parquet" == recognise_images(root) and corpus.note == ""
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 9, "validation": 1, "test": 1}
    assert corpus.emotion[:7].tolist() == ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]
    assert corpus.item[0] == "data/train-00000-of-00002/0" and corpus.size == 24
    assert (corpus.source.read(6)[..., 0] == blobs(6, 24)).all()
    assert corpus.key == open_images(root).key
    assert open_images(root / "data" / "test-00000-of-00001.parquet").counts == {"sadness": 1}


def test_parts_may_be_folders(tmp_path: Path) -> None:
    write(tmp_path / "hf" / "default" / "train" / "0000.parquet", [0, 1])
    write(tmp_path / "hf" / "default" / "test" / "0000.parquet", [2])
    assert open_images(tmp_path / "hf").parts == {"train": {"anger": 1, "disgust": 1}, "test": {"fear": 1}}


def test_numbers_without_names_are_asked_for(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", list(range(7)), None)
    with pytest.raises(CorpusError, match="labels are 0 to 6, and corpora differ"):
        open_images(file)
    assert open_images(file, codes="alphabetical").emotion[4] == "neutral"
    named = write(tmp_path / "b.parquet", list(range(7)))
    with pytest.raises(SettingError, match="names of emotions"):
        open_images(named, codes="alphabetical")


@pytest.mark.parametrize("labels", [["happy", "sad"], pa.array(["happy", "sad"]).dictionary_encode()])
def test_labels_may_be_names_and_pictures_bytes(tmp_path: Path, labels: Any) -> None:
    pictures = pa.array([png(blobs(1)), png(blobs(2))])
    file = write(tmp_path / "a.parquet", [], None, [], Image=pictures, emotion=labels)
    assert open_images(file).emotion.tolist() == ["happiness", "sadness"]


def test_bad_rows_cost_themselves_only(tmp_path: Path) -> None:
    images = [picture(), None, b"", b"no picture", picture(".jpg")[:200], picture(), picture()]
    file = write(tmp_path / "a.parquet", [0, 1, 2, 3, 4, None, 77], images=images)
    corpus = open_images(file)
    assert corpus.item.tolist() == ["a/0", "a/3", "a/4"]
    assert whys(corpus) == {
        "a/1": "its picture is not in the file",
        "a/2": "its picture is not in the file",
        "a/5": "it is unlabelled",
        "a/6": "its label '77' is no emotion",
    }
    for position in (3, 4):
        with pytest.raises(MediaError, match=f"a.parquet, image {position}"):
            corpus.source.read(position)


def test_other_tables_are_no_corpus(tmp_path: Path) -> None:
    write(tmp_path / "recording.parquet", [], None, [], time=[0.1], happiness=[0.5])
    assert recognise_images(tmp_path / "recording.parquet") is None
    assert recognise_images(tmp_path) is None
    with pytest.raises(CorpusError, match=r"a \.parquet of images"):
        open_images(tmp_path / "recording.parquet")


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"PAR1" + bytes(40) + b"PAR1"])
def test_what_is_no_parquet_is_one_sentence(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(damage)
    with pytest.raises(CorpusError):
        open_images(tmp_path / "a.parquet")


def test_damage_within_is_one_sentence(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet", list(range(7)))
    whole = bytearray(file.read_bytes())
    for at in range(4, 400):
        whole[at] ^= 0xFF
    file.write_bytes(whole)
    with pytest.raises(CorpusError, match=r"no whole \.parquet"):
        open_images(file)


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "hf" / "train-0.parquet", [0, 1])
    write(tmp_path / "hf" / "test-0.parquet", [0, 1], NAMES[::-1])
    with pytest.raises(CorpusError, match="not those of the first file"):
        open_images(tmp_path / "hf")


@pytest.mark.parametrize(
    "told", [b"{", b"[]", b"{}", b'{"info": {"features": {"label": {"names": [1]}}}}', b"[" * 100_000]
)
def test_odd_metadata_is_no_metadata(tmp_path: Path, told: bytes) -> None:
    file = write(tmp_path / "a.parquet", [0, 1], None)
    pq.write_table(pq.read_table(file).replace_schema_metadata({"huggingface": told}), file)
    with pytest.raises(CorpusError, match="corpora differ"):
        open_images(file)
