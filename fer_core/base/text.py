"""The one door for names and text from outside: how they are compared, and how they are written out.

Names of people, files, levels and emotions come from file systems, spreadsheets and archives, each with its
own idea of case, composed letters and invisible characters. They are compared by `name_key` and shown by
`clean_name`. Text from outside is escaped where it is written, by the function named for the place:
`for_markdown` (`for_code`), `for_html`, `for_csv`, `for_latex`, `for_terminal`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# Invisible: Unicode's Default_Ignorable_Code_Point, blanks that are letters or symbols, and non-characters.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_CONTROL = "\x00-\x1f\x7f-\x9f"
_HIDDEN = re.compile(f"[{_INVISIBLE}{_CONTROL}]")
_JOINS = frozenset("\u200c\u200d")
_VARIES = re.compile("[\ufe0e\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef]")
_SURROGATE = re.compile("[\ud800-\udfff]")

_MARKDOWN = re.compile(r"[\\`*{}\[\]<$~|]|:(?=[^\W\d]|[:+-]|$)|&(?=#?\w+;)|(?<!\w)_+(?!_)|(?<!_)_+(?!\w)")
"""What begins markup; an underscore between letters does not."""
_BLOCK = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))|(?=[-+=#>])")
_AFTER_PARSING = re.compile(
    r"(?P<scheme>\bhttps?)(?=://)|(?P<www>\bwww)(?=\.)|(?P<at>@)(?=[-\w])"
    r"|(?P<icon>:)(?!\d\d?(?:\W|$))(?=[\w+-]+(?::|$)|material/)"
    r"|(?P<arrow>(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S))",
    re.IGNORECASE,
)
_REACHING = re.compile(r"\\.|[\[\]<$:&]", re.DOTALL)
_JOINER = "\u2060"

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"(^|[;\t\r\n])('*)(?=[\s\"]*[{_SIGNS}]|[\t\r])")
_DEFUSED = re.compile(rf"(^|[;\t\r\n])('*)'(?=[\s\"]*[{_SIGNS}]|[\t\r])")
_PLAIN = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?%?|inf|nan)|-", re.IGNORECASE)

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
}

_ASCII = str.maketrans(
    {
        "×": "x",
        "–": "-",
        "—": "-",
        "−": "-",
        "…": "...",
        "·": "-",
        "→": "->",
        "←": "<-",
        "±": "+-",
        "≥": ">=",
        "≤": "<=",
        "≈": "~",
        "≠": "!=",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "\xa0": " ",
        "•": "*",
        "²": "2",
        "°": " deg",
        "µ": "u",
        "μ": "u",
        "η": "eta",
        "σ": "sigma",
        "α": "alpha",
        "γ": "gamma",
        "√": "sqrt",
        "Δ": "delta",
        "✓": "ok",
        "✗": "x",
    }
)


# --- names ----------------------------------------------------------------------------------------


def clean_name(name: str) -> str:
    r"""A name as it is shown: composed letters (NFC), single spaces, without invisible characters.

    Joiners and variation selectors stay where a script or a picture needs them (Persian, Indic scripts,
    emoji, Japanese names); they go between other letters. Bytes of a file name that are not UTF-8 become
    ``\\xe9``, so that the name can be printed and stored.
    """
    spaced = " ".join(unicodedata.normalize("NFC", clean_lines(name)).split())
    return " ".join(_visible(spaced).split()) if _HIDDEN.search(spaced) else spaced


def name_key(name: str) -> str:
    r"""What two names are compared by: equal for ``Anna`` and ``an\\u200bna`` (after Unicode's NFKC_Casefold).

    Case (ß is ss, the final sigma a sigma), width, composed letters, spaces and what cannot be seen make no
    difference; accents do. I with and without its dot are one letter: Turkish and English disagree on which
    is the small form of which, and one person must not become two.
    """
    key, before = clean_lines(name), ""
    while key != before:
        before = key
        key = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", key).casefold())
        key = " ".join(_HIDDEN.sub("", " ".join(key.split())).split())
        key = unicodedata.normalize("NFC", key.replace("ı", "i").replace("i\u0307", "i"))
    return key


def is_text(name: str) -> bool:
    """Whether a name can stand in an address and be sent to a page: its bytes are UTF-8."""
    return _SURROGATE.search(name) is None


# --- places ---------------------------------------------------------------------------------------


def for_markdown(text: str) -> str:
    """Text in one line that Streamlit's Markdown shows as it is: no image, link, colour, icon or formula.

    A sign that begins a block (``#``, ``-``, ``1.``) is text too. Links made of bare addresses, icons and
    arrows are looked for after escapes were read, so a word joiner, which is not seen, breaks them.
    """
    line = _AFTER_PARSING.sub(_broken, " ".join(_shown(text).split()))
    begun = _BLOCK.match(line)
    at = begun.end() if begun else 0
    return line[:at] + "\\" * bool(begun) + _MARKDOWN.sub(_escaped, line[at:])


def for_markdown_document(text: str) -> str:
    """Markdown of another program without images, links, HTML, icons and formulas; the rest of it stays."""
    lines = _AFTER_PARSING.sub(_broken, _shown(text))
    return _REACHING.sub(lambda found: found[0] if found[0][0] == "\\" else f"\\{found[0]}", lines)


def for_code(text: str) -> str:
    """Text as a piece of code in Markdown, its backticks included."""
    line = " ".join(_shown(text).split())
    runs = [len(run) for run in re.findall("`+", line)]
    fence = "`" * (max(runs, default=0) + 1)
    blank = " " if line[:1] == "`" or line[-1:] == "`" else ""
    line = line.replace(":material/", f":material{_JOINER}/")  # Streamlit would look for icons in it
    return f"{fence}{blank}{line}{blank}{fence}"


def for_html(text: str) -> str:
    """Text for HTML, quotes included, and for the labels of figures, which read a part of it."""
    return "".join(_HTML.get(c, c) for c in _shown(text))


def for_csv(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins as one gets a leading apostrophe.

    So does what follows a semicolon, a tab or a line break, where a spreadsheet of another language would
    begin a cell (OWASP, CSV injection). Numbers, and text that is a number (``-0.5``), stay as they are.
    `from_csv` gives the text back.
    """
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return _FORMULA.sub(r"\1\2'", clean_lines(value))
    return value


def from_csv(cell: str) -> str:
    """The text that `for_csv` made harmless."""
    return _DEFUSED.sub(r"\1\2", cell) if "'" in cell else cell


def for_latex(text: str) -> str:
    """Text as LaTeX prints it, on one line: an empty one would end a caption."""
    return "".join(_LATEX.get(letter, letter) for letter in " ".join(_shown(text).split()))


def for_terminal(text: str, encoding: str | None = "utf-8") -> str:
    r"""Text without escape sequences: control characters but line ends and tabs become ``\\x1b``.

    What a terminal of this encoding cannot show is written in letters that it can: ``×`` as ``x``, others as
    ``\\xe9``.
    """
    shown = _HIDDEN.sub(_spelled, clean_lines(text))
    encoding = encoding or "ascii"
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        return shown.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    return shown


def clean_lines(text: str) -> str:
    r"""Text whose undecodable bytes are shown as ``\\xe9``; everything else is kept."""
    return _SURROGATE.sub(_as_bytes, text) if _SURROGATE.search(text) else text


def clean_json(plain: Any) -> Any:
    """Plain data whose text, keys too, can be written as JSON that others read: no halves of characters."""
    if isinstance(plain, dict):
        return {clean_json(key): clean_json(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [clean_json(value) for value in plain]
    return clean_lines(plain) if isinstance(plain, str) else plain


# --- pieces ---------------------------------------------------------------------------------------


def _as_bytes(found: re.Match[str]) -> str:
    """Python keeps the byte 0xe9 of a file name as U+DCE9; other surrogates are halves of a character."""
    code = ord(found[0])
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _spelled(found: re.Match[str]) -> str:
    c = found[0]
    return c if c in "\n\t" or c in _JOINS or _VARIES.match(c) else ascii(c)[1:-1]


def _shown(text: str) -> str:
    """Text without what cannot be seen or turns the line around; line ends and tabs stay."""
    text = clean_lines(text)
    return _visible(text) if _HIDDEN.search(text) else text


def _visible(text: str) -> str:
    kept = []
    for place, c in enumerate(text):
        if c in "\n\t" or not _HIDDEN.match(c) or _belongs(text, place):
            kept.append(c)
        elif c.isspace():
            kept.append(" ")
    return "".join(kept)


def _belongs(text: str, place: int) -> bool:
    """Whether a joiner or a variation selector stands where it changes what is seen."""
    before, after = text[:place][-1:], text[place + 1 :][:1]
    if text[place] in _JOINS:
        if before and _VARIES.match(before):
            before = text[: place - 1][-1:]
        return _may_join(before) and _may_join(after)
    keycap = before in set("#*0123456789") and after == "\u20e3"
    return bool(_VARIES.match(text[place])) and (keycap or _may_join(before))


def _may_join(c: str) -> bool:
    """Letters without case (Arabic, Indic, Han), their signs, and pictures."""
    return bool(c) and unicodedata.category(c) in ("Lo", "Mn", "Mc", "So", "Sk", "Lm") and not _HIDDEN.match(c)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\{c}" for c in found[0])


def _broken(found: re.Match[str]) -> str:
    """A piece with a word joiner where what is looked for would go on."""
    part = found[0]
    return part[0] + _JOINER + part[1:] if found["arrow"] else part + _JOINER
