"""CREMA-D (Cao et al., 2014): ``VideoFlash/1001_DFA_ANG_XX.flv``, 91 actors, 12 sentences."""

from __future__ import annotations

import re

from fer_core.base.emotions import CREMAD_CODES
from fer_core.datasets.naming.base import Naming

CREMAD = Naming(
    name="crema-d",
    title="CREMA-D",
    gives="videos",
    pattern=re.compile(
        r"(?P<subject>\d{4})_(?P<sentence>[A-Z]{3})_(?P<emotion>ANG|DIS|FEA|HAP|NEU|SAD)_(?P<intensity>LO|MD|HI|XX|X)",
        re.I,
    ),
    emotions=CREMAD_CODES,
    values={"intensity": {"lo": "low", "md": "medium", "hi": "high", "xx": "unspecified", "x": "unspecified"}},
    source="Cao, Cooper, Keutmann, Gur, Nenkova and Verma, 2014, doi:10.1109/TAFFC.2014.2336244",
)
