"""Oulu-CASIA NIR&VIS (Zhao et al., 2011): ``VL_Acropped/Strong/P001/Anger/000.jpeg``.

A folder is a clip from the neutral face to the apex. VL is visible, NI near infrared light; Strong, Weak and
Dark are the room's. The same person is filmed in each, so that the person is what a split keeps together.
"""

from __future__ import annotations

import re

from fer_core.datasets.naming.base import Naming

OULU_CASIA = Naming(
    name="oulu-casia",
    title="Oulu-CASIA",
    gives="frames",
    pattern=None,
    folder=re.compile(r"(?P<subject>P\d{3})|(?P<light>Strong|Weak|Dark)|(?P<spectrum>VL|NI)", re.I),
    emotions={},
    values={
        "light": {"strong": "strong", "weak": "weak", "dark": "dark"},
        "spectrum": {"vl": "visible", "ni": "near infrared"},
    },
    note="All lights are kept: the same people show the same expressions in each of them.",
    source="Zhao, Huang, Taini, Li and Pietikäinen, 2011, doi:10.1016/j.imavis.2011.07.002",
)
