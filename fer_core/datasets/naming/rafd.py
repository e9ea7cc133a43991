"""RaFD (Langner et al., 2010): ``Rafd090_01_Caucasian_female_angry_frontal.jpg``, all in one folder.

The number after Rafd is the camera's angle (090 is straight on), the last word where the eyes look.
"""

from __future__ import annotations

import re

from fer_core.base.emotions import RAFD_WORDS
from fer_core.datasets.naming.base import Naming

RAFD = Naming(
    name="rafd",
    title="RaFD",
    gives="pictures",
    pattern=re.compile(
        r"Rafd(?P<view>\d{3})_(?P<subject>\d{1,3})_(?P<group>[a-z]{1,30})_(?P<sex>male|female)"
        r"_(?P<emotion>[a-z]{3,20})_(?P<gaze>frontal|left|right)",
        re.I,
    ),
    emotions=RAFD_WORDS,
    note="All camera angles are kept; most studies use the straight one alone (where view=090).",
    source="Langner et al., 2010, doi:10.1080/02699930903485076",
)
