"""MMI (Pantic et al., 2005): ``Sessions/1767/S042-004.avi`` beside ``session.xml`` or ``S042-004.xml``.

The first number of the name is the person. Person, emotion (``<Metatag Name="Emotion" Value="4"/>``) and the
moments of onset, apex and offset are taken from the XML where it tells them; videos run from neutral over the
apex to neutral again.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.parsers import expat

from fer_core.base.emotions import MMI_CODES, find_emotion
from fer_core.base.text import name_key
from fer_core.datasets.names import NameReading
from fer_core.datasets.naming.base import Naming, with_facts
from fer_core.files.shapes import regular

_FILE = "session.xml"
_MAX_BYTES = 1_000_000
_MAX_FACTS = 5_000
_MOMENTS = ("onset", "apex", "offset")


class _RefusedError(ValueError):
    """The XML holds what no session file needs."""


def facts_of(file: Path) -> dict[str, str]:
    """``subject``, ``emotion``, ``onset``, ``apex`` and ``offset`` as a session file tells them, as text.

    They are looked for as elements with text or a ``value`` or ``id``, as attributes, and as pairs of
    ``name`` and ``value``. A document type is refused, and with it any entity. {} for a file that cannot be
    read.
    """
    wanted = {"subject", "subjectid", "emotion", *_MOMENTS}
    found: dict[str, str] = {}
    open_now: list[str] = []
    count = 0

    def keep(key: str, value: str) -> None:
        key = name_key(key).rpartition(":")[2]
        if key in wanted and value.strip():
            found.setdefault("subject" if key == "subjectid" else key, value.strip()[:60])

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1 + len(attributes)
        if count > _MAX_FACTS:
            raise _RefusedError("too many elements")
        open_now.append(tag)
        plain = {name_key(k): v for k, v in attributes.items()}
        if "value" in plain or "id" in plain:
            keep(tag, plain.get("value", plain.get("id", "")))
            keep(plain.get("name", ""), plain.get("value", ""))
        for key, value in plain.items():
            keep(key, value)

    def end(_tag: str) -> None:
        open_now.pop()

    def text(data: str) -> None:
        if open_now:
            keep(open_now[-1], data)

    def refuse(*_: object) -> None:
        raise _RefusedError("a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with regular(file).open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            return {}
        parser.Parse(data, True)
    except (OSError, expat.ExpatError, ValueError, LookupError):
        return {}
    return found


def _beside(path: Path, reading: NameReading) -> tuple[NameReading, Path | None]:
    beside = [f for f in (path.with_suffix(".xml"), path.parent / _FILE) if f.is_file()]
    facts: dict[str, str] = {}
    for file in beside:
        facts = facts_of(file) | facts
    if not beside:
        return reading, None
    spelled = facts.get("emotion", "")
    emotion = MMI_CODES.get(spelled) or find_emotion(spelled) or ""
    told = re.search(r"\d{1,6}", facts.get("subject", ""))
    subject = f"S{int(told[0]):03d}" if told else ""
    moments = tuple((name, facts[name]) for name in _MOMENTS if name in facts)
    return with_facts(reading, subject, emotion, moments), beside[0]


MMI = Naming(
    name="mmi",
    title="MMI",
    gives="videos",
    pattern=re.compile(r"(?P<subject>S\d{1,4})-(?P<number>\d{1,4})(?!\d)", re.I),
    emotions={},
    beside=_beside,
    source="Pantic, Valstar, Rademaker and Maat, 2005, doi:10.1109/ICME.2005.1521424",
)
