"""RAVDESS (Livingstone and Russo, 2018): ``Actor_01/02-01-05-01-01-01-01.mp4``.

Seven numbers: modality, vocal channel, emotion, intensity, statement, repetition, actor. A recording is
handed out with sound (01) and without (02): its pictures are the same, so one copy is kept.
"""

from __future__ import annotations

import re

from fer_core.base.emotions import RAVDESS_CODES, RAVDESS_LEFT_OUT
from fer_core.datasets.naming.base import Naming

RAVDESS = Naming(
    name="ravdess",
    title="RAVDESS",
    gives="videos",
    pattern=re.compile(
        r"(?P<modality>0[123])-(?P<channel>0[12])-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<statement>0[12])"
        r"-(?P<repetition>0[12])-(?P<subject>\d{2})"
    ),
    emotions=RAVDESS_CODES,
    no_emotion=RAVDESS_LEFT_OUT,
    values={
        "channel": {"01": "speech", "02": "song"},
        "intensity": {"01": "normal", "02": "strong"},
        "statement": {"01": "1", "02": "2"},
        "repetition": {"01": "1", "02": "2"},
    },
    copies=("modality",),
    left_out={"modality": {"03": "it is sound alone by its name"}},
    source="Livingstone and Russo, 2018, doi:10.1371/journal.pone.0196391",
)
