"""FERPlus as its own script writes it: folders of pictures with label.csv, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.images.catalog import open_images, recognise_images

from .trees import put, put_ferplus_folder, whys

HAPPY, ANGRY, TIED, NOBODY = (
    [1, 8, 0, 0, 1, 0, 0, 0, 0, 0],
    [0, 0, 1, 0, 9, 0, 0, 0, 0, 0],
    [0, 5, 0, 0, 5, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 10],
)


def tree(root: Path) -> Path:
    """24 pictures to train, 8 and 8 held out, as in the script's own output."""
    put_ferplus_folder(root / "FER2013Train", [HAPPY, ANGRY] * 12)
    put_ferplus_folder(root / "FER2013Valid", [HAPPY, ANGRY] * 4, first=100)
    put_ferplus_folder(root / "FER2013Test", [HAPPY, ANGRY] * 4, first=200)
    return root


@pytest.mark.parametrize("inner", ["", "data"])
def test_folders_with_votes_are_the_official_parts(tmp_path: Path, inner: str) -> None:
    tree(tmp_path / inner)
    corpus = open_images(tmp_path)
    assert corpus.format == "ferplus-folders" and corpus.omissions == () and not corpus.subjects_known
    assert {part: sum(n.values()) for part, n in corpus.parts.items()} == {"train": 24, "validation": 8, "test": 8}
    assert corpus.item[0] == "FER2013Train/fer0000000.png" and corpus.emotion[:2].tolist() == ["happiness", "anger"]
    assert corpus.source.read(0).shape == (12, 16, 3)


def test_votes_become_labels_as_in_the_csv_form(tmp_path: Path) -> None:
    put_ferplus_folder(tmp_path / "FER2013Train", [HAPPY, TIED, NOBODY, ANGRY])
    majority = open_images(tmp_path)
    assert majority.emotion.tolist() == ["happiness", "anger"] and majority.soft is None
    assert whys(majority) == {
        "FER2013Train/fer0000001.png": "several emotions share the most votes",
        "FER2013Train/fer0000002.png": "most votes say no face (NF)",
    }
    soft = open_images(tmp_path, labels="soft")
    assert soft.soft is not None and len(soft) == 3
    assert np.allclose(soft.soft.sum(axis=1), 1) and soft.soft[1].max() == pytest.approx(0.5)
    assert len(open_images(tmp_path, ties="soft")) == 3
    with pytest.raises(CorpusError, match="votes alone"):
        open_images(tmp_path, labels="own")


@pytest.mark.parametrize(
    "rename",
    [
        {"FER2013Train/label.csv": "FER2013Train/LABEL.CSV"},
        {"FER2013Train/label.csv": "FER2013Train/fer_votes.csv"},
        {"FER2013Train": "fer2013train", "FER2013Valid": "FER2013VALID"},
        {"FER2013Train": "train", "FER2013Valid": "val", "FER2013Test": "test"},
    ],
)
def test_other_names_and_cases_are_the_same_corpus(tmp_path: Path, rename: dict[str, str]) -> None:
    tree(tmp_path)
    for old, new in rename.items():
        (tmp_path / old).rename(tmp_path / new)
    corpus = open_images(tmp_path)
    assert len(corpus) == 40 and corpus.omissions == () and len(corpus.parts) == 3


@pytest.mark.parametrize("kept", ["FER2013Train", "FER2013Valid", "FER2013Test"])
def test_one_folder_alone_opens(tmp_path: Path, kept: str) -> None:
    put_ferplus_folder(tmp_path / kept, [HAPPY, ANGRY])
    corpus = open_images(tmp_path)
    assert recognise_images(tmp_path) == "ferplus-folders" and len(corpus) == 2 and len(corpus.parts) == 1


def test_files_without_rows_and_rows_without_files_are_named(tmp_path: Path) -> None:
    put_ferplus_folder(tmp_path / "FER2013Train", [HAPPY, ANGRY, HAPPY, ANGRY])
    (tmp_path / "FER2013Train" / "fer0000001.png").unlink()
    put(tmp_path / "FER2013Train" / "fer0000777.png")
    (tmp_path / "FER2013Train" / "fer0000002.png").rename(tmp_path / "FER2013Train" / "FER0000002.PNG")
    put(tmp_path / "FER2013Test" / "fer0000009.png")
    put(tmp_path / "extra" / "a.png")
    put(tmp_path / "loose.png")
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == [f"FER2013Train/{n}" for n in ("fer0000000.png", "FER0000002.PNG", "fer0000003.png")]
    told = whys(corpus)
    assert told["FER2013Train/label.csv row 2: fer0000001.png"] == "the image is missing"
    assert told["FER2013Train/fer0000777.png"] == "FER2013Train/label.csv does not name it"
    assert "no list of votes" in told["FER2013Test"] and "1 image," in told["extra"]
    assert "outside any folder" in told["loose.png"] and len(told) == 5


def test_one_list_beside_the_folders_names_pictures_of_all_parts(tmp_path: Path) -> None:
    """The layout of copies: images/FER2013Train and fer2013new.csv with a header."""
    tree(tmp_path / "images")
    lists = sorted((tmp_path / "images").rglob("label.csv"))
    lines = ["Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"]
    for file in lists:
        for line in file.read_text().splitlines():
            name, _, votes = line.split('"')
            lines.append(f"Training,{name.strip(',')}{votes}")
        file.unlink()
    put(tmp_path / "fer2013new.csv", "\n".join([*lines, "Training,,0,0,0,0,0,0,0,0,0,10"]))
    corpus = open_images(tmp_path)
    assert len(corpus) == 40 and corpus.omissions == () and corpus.parts["test"]["anger"] == 4


def test_bad_rows_cost_themselves_only(tmp_path: Path) -> None:
    put_ferplus_folder(tmp_path / "FER2013Train", [HAPPY] * 8)
    list_file = tmp_path / "FER2013Train" / "label.csv"
    lines = list_file.read_text().splitlines()
    lines[1] = 'fer0000001.png,"(0, 0, 48, 48)",4,0,x,1,3,2,0,0,0,0'
    lines[2] = 'fer0000002.png,"(0, 0, 48,'
    lines[3] = '../../secret.png,"(0, 0, 48, 48)",1,8,0,0,1,0,0,0,0,0'
    lines[4] = f'fer0000004.png,"(0, 0, 48, 48)",{"9" * 5000},0,0,0,0,0,0,0,0,0'
    lines[5] = "fer0000005.png,0,0,48,48,1,8,0,0,1,0,0,0,0,0"
    lines[6] = 'fer0000006.png,"(4, 4, 30, 30)",1,8,0,0,1,0,0,0,0,0'
    list_file.write_bytes("\r".join(lines).encode("utf-16"))
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == [f"FER2013Train/fer000000{k}.png" for k in (0, 5, 6, 7)]
    told = whys(corpus)
    assert sum("not a picture's name and ten votes" in why for why in told.values()) == 3
    assert sum("out of the corpus" in why for why in told.values()) == 1
    assert "gives 1 picture a box of its own" in corpus.note
