"""Mutated corpora of pictures, seeded: no traceback, and each picture is used or told of."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import FerError
from fer_core.datasets.images.catalog import open_images, summary

from .test_ferplus_folders import tree as put_ferplus
from .test_parquet_files import write as put_parquet
from .test_yolo import tree as put_yolo
from .trees import npy, put, put_affectnet_list, put_affectnet_set, put_by_emotion, put_numbered, put_rafdb

MUTATIONS = 60
"""Of each of the two seeds."""

NAMED_BY_LIST = ("npy", "parquet", "affectnet")
"""Whose folders hold no picture that a list does not name, or pictures inside another file."""

ODD = (b"\0", b'"', b"\r", b"\xff\xfe", b"\xef\xbb\xbf", b",", b";", b"9" * 400, b"nan", b"\xfc", b"../", b"\x1b[31m")


def build(root: Path) -> dict[str, str | None]:
    """One tree of each format, and the order of its numbers where it has to be said."""
    put_ferplus(root / "ferplus")
    put_yolo(root / "yolo")
    put_numbered(root / "numbered", range(8), 1, ["train", "val"])
    put(root / "numbered" / "labels.csv", "path,label\n" + "".join(f"train_{c}_0.png,{c}\n" for c in range(8)))
    names = [f"train_{k:05d}" for k in range(1, 8)]
    put_rafdb(root / "rafdb", [f"{name}.jpg {k}" for k, name in enumerate(names, start=1)], names)
    put_numbered(root / "folders" / "DATASET", range(1, 8), 1, ["train", "valid"])
    put(root / "folders" / "train_labels.csv", "image,label\n" + "".join(f"train_{c}_0.png,{c}\n" for c in range(8)))
    put_affectnet_set(root / "sets" / "train_set", {str(k): str(k) for k in range(8)})
    for k in range(8):
        put(root / "affectnet" / "1" / f"{k}.jpg")
    put_affectnet_list(root / "affectnet" / "training.csv", [(f"1/{k}.jpg", k) for k in range(8)])
    put(root / "npy" / "X_train.npy", npy(np.random.default_rng(0).integers(0, 256, (7, 12, 12), np.uint8)))
    put(root / "npy" / "y_train.npy", npy(np.arange(7)))
    put_parquet(root / "parquet" / "train-0.parquet", list(range(7)))
    put_by_emotion(root / "named", ["happy/a.png", "sad/b.png", "train/happy/a.png"])
    said = {"numbered": "affectnet", "npy": "fer2013"}
    return {folder.name: said.get(folder.name) for folder in sorted(root.iterdir())}


def mutate(root: Path, chance: random.Random) -> None:
    """Empty, cut, damage, extend, remove, link or rename one file, more often a list than a picture."""
    files = sorted(p for p in root.rglob("*") if p.is_file())
    if not files:
        return
    lists = [f for f in files if f.suffix.lower() not in (".png", ".jpg")]
    file = chance.choice(lists if lists and chance.random() < 0.7 else files)
    data = file.read_bytes()
    at = chance.randrange(len(data) + 1)
    kind = chance.randrange(8)
    if kind == 0:
        file.write_bytes(data[:at])
    elif kind == 1:
        noisy = bytearray(data)
        for _ in range(chance.randrange(1, 20) if noisy else 0):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)
        file.write_bytes(noisy)
    elif kind in (2, 3):
        file.write_bytes(data[:at] + chance.choice(ODD) + data[at:])
    elif kind == 7:
        name = os.fsencode(file.name)
        at = chance.randrange(len(name) + 1)
        odd = chance.choice([b"\xfc", b"\n", b"\xe2\x80\x8b", b" ", b"A", b"'", b"\x1b"])
        file.rename(os.fsdecode(os.fsencode(file.parent) + b"/" + name[:at] + odd + name[at:]))
    else:
        file.unlink()
        if kind == 5:
            file.symlink_to(chance.choice([file.name, "/etc/passwd", "nothing", ".."]))
        elif kind == 6:
            file.mkdir()


@pytest.mark.parametrize("seed", range(2))
def test_mutated_corpora_open_or_say_why_and_lose_nothing(tmp_path: Path, seed: int) -> None:
    kinds = build(tmp_path / "whole")
    chance = random.Random(seed)
    for number in range(MUTATIONS):
        kind = chance.choice(sorted(kinds))
        root = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole" / kind, root)
        for _ in range(chance.choice([1, 1, 2, 4])):
            mutate(root, chance)
        pictures = [p for p in root.rglob("*") if p.suffix.lower() in (".png", ".jpg") and p.is_file()]
        try:
            corpus = open_images(root, codes=kinds[kind])
        except FerError as error:
            assert "\n" not in str(error)
            continue
        json.dumps(summary(corpus)).encode()
        told = len(corpus) + sum(o.count for o in corpus.omissions)
        assert told >= len(pictures) or kind in NAMED_BY_LIST, f"{kind}, {number}: {corpus.omissions}"
        for position in corpus.position.tolist():
            try:
                assert corpus.source.read(position).size
            except FerError as error:
                assert str(error)
