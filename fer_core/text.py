"""The one door for names and text from outside: how they are compared, and how they are written out.

Names of people, files, levels and emotions come from file systems, spreadsheets and archives, each with its
own idea of case, composed letters and invisible characters. They are compared by `name_key` and shown by
`clean_name`. Text from outside is escaped where it is written, by the function named for the place:
`for_markdown`, `for_html`, `for_csv`, `for_terminal`.
"""

from __future__ import annotations

import html
import re
import unicodedata

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?%?", re.IGNORECASE)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#$~|:])")
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn"})


def clean_name(name: str) -> str:
    """A name as it is shown: composed letters (NFC), single spaces, without invisible characters.

    Bytes of a file name that are not UTF-8 become ``\\xe9``, so that the name can be printed and stored.
    """
    printable = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    spaced = " ".join(unicodedata.normalize("NFC", printable).split())
    return "".join(c for c in spaced if unicodedata.category(c) not in _INVISIBLE).strip()


def name_key(name: str) -> str:
    """What two names are compared by: equal for ``Anna`` and ``an\\u200bna`` (NFKC, case folded)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", clean_name(name)).casefold())


def for_markdown(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is: no image, link, colour, icon or formula comes of it."""
    return _MARKDOWN.sub(r"\\\1", clean_lines(text))


def for_html(text: str) -> str:
    """Text for an HTML page, quotes included."""
    return html.escape(clean_lines(text), quote=True)


def for_csv(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that begins as one gets a leading apostrophe.

    Numbers, and text that is a number (``-0.5``), stay as they are (OWASP, CSV injection).
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def for_terminal(text: str) -> str:
    """Text without escape sequences: control characters but line ends and tabs become ``\\x1b``."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else ascii(c)[1:-1]
        for c in clean_lines(text)
    )


def clean_lines(text: str) -> str:
    """Text whose undecodable bytes are shown as ``\\xe9``; everything else is kept."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
