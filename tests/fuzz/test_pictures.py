"""Mutated corpora of pictures: no traceback, and each picture is used or told of."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from datasets.images.test_ferplus_folders import tree as put_ferplus
from datasets.images.test_parquet_files import write as put_parquet
from datasets.images.test_yolo import tree as put_yolo
from datasets.images.trees import (
    npy,
    put,
    put_affectnet_list,
    put_affectnet_set,
    put_by_emotion,
    put_numbered,
    put_rafdb,
)

from fer_core.datasets.images.catalog import open_images, summary

from .mutators import disturb, every, files, tried

PICTURES = (".png", ".jpg")


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


@pytest.mark.slow
def test_mutated_corpora_open_or_say_why_and_lose_nothing(tmp_path: Path) -> None:
    kinds = build(tmp_path / "whole")

    def one(case: str, rng: random.Random) -> bool:
        kind = rng.choice(sorted(kinds))
        root = tmp_path / kind / case.replace("/", "-")
        shutil.copytree(tmp_path / "whole" / kind, root)
        for _ in range(rng.choice([1, 1, 2, 4])):
            disturb(root, rng, lambda file: file.suffix.lower() not in PICTURES)
        pictures = [p for p in files(root) if p.suffix.lower() in PICTURES]
        if (corpus := tried(f"{case}, {kind}", (root,), open_images, root, codes=kinds[kind])) is not None:
            json.dumps(summary(corpus)).encode()
            told = len(corpus) + sum(o.count for o in corpus.omissions)
            assert told >= len(pictures), f"{case}, {kind}: {told} of {pictures} {corpus.omissions}"
            for position in corpus.position.tolist():
                tried(f"{case}, {kind}", (), corpus.source.read, position)
        shutil.rmtree(root)
        return corpus is not None

    assert every("pictures", one) > 0.4
