"""AFEW and SFEW (Dhall et al., 2012, 2011): scenes of films, in official parts, sorted by emotion.

``Train/Angry/000046280.avi`` and ``Val/...``; SFEW's pictures name their film
(``Train/Angry/AboutABoy_000519240_00000005.png``). Who is shown is unknown: actors come back within a film,
so the film is an attribute. A film's scenes do not begin with a neutral face.
"""

from __future__ import annotations

import re

from fer_core.datasets.naming.base import Naming

AFEW = Naming(
    name="afew",
    title="AFEW",
    gives="videos",
    pattern=re.compile(r"(?P<film>\d{6})(?P<number>\d{3})(?!\d)"),
    within=re.compile(r"(^|/)(train|val|valid|validation|test)", re.I),
    emotions={},
    unique=False,
    starts_neutral=False,
    source="Dhall, Goecke, Lucey and Gedeon, 2012, doi:10.1109/MMUL.2012.26",
)

SFEW = Naming(
    name="sfew",
    title="SFEW",
    gives="pictures",
    pattern=re.compile(r"(?P<film>[^_/]{1,60})_(?P<number>\d{9}_\d{8})"),
    emotions={},
    starts_neutral=False,
    source="Dhall, Goecke, Lucey and Gedeon, 2011, doi:10.1109/ICCVW.2011.6130508",
)
