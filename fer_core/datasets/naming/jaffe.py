"""JAFFE (Lyons et al., 1998): ``KA.AN1.39.tiff``, 10 women, 213 pictures, all in one folder."""

from __future__ import annotations

import re

from fer_core.base.emotions import JAFFE_CODES
from fer_core.datasets.naming.base import Naming

JAFFE = Naming(
    name="jaffe",
    title="JAFFE",
    gives="pictures",
    pattern=re.compile(
        r"(?P<subject>[A-Z]{2})\.(?P<emotion>AN|DI|FE|HA|NE|SA|SU)(?P<repetition>\d)\.(?P<number>\d{1,3})", re.I
    ),
    emotions=JAFFE_CODES,
    source="Lyons, Akamatsu, Kamachi and Gyoba, 1998, doi:10.1109/AFGR.1998.670949",
)
