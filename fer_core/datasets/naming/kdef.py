"""KDEF (Lundqvist, Flykt and Öhman, 1998): ``AF01/AF01ANS.JPG``, 70 people in two sessions, five views.

The session (A, B) is no part of who is shown: F01 of both is one person.
"""

from __future__ import annotations

import re

from fer_core.base.emotions import KDEF_CODES
from fer_core.datasets.naming.base import Naming

KDEF = Naming(
    name="kdef",
    title="KDEF",
    gives="pictures",
    pattern=re.compile(
        r"(?P<session>[AB])(?P<subject>[FM]\d{2})(?P<emotion>AF|AN|DI|HA|NE|SA|SU)(?P<view>HL|HR|FL|FR|S)", re.I
    ),
    emotions=KDEF_CODES,
    values={"view": {"s": "straight", "hl": "half left", "hr": "half right", "fl": "full left", "fr": "full right"}},
    note="All views are kept; most studies use the straight one alone (where view=straight).",
    source="Lundqvist, Flykt and Öhman, 1998, https://kdef.se",
)
