"""The door for names and text from outside: comparing, showing, and each place it is written to."""

from __future__ import annotations

import html
import sys

import pytest

from fer_core.base.text import (
    clean_lines,
    clean_name,
    for_code,
    for_csv,
    for_html,
    for_latex,
    for_markdown,
    for_markdown_document,
    for_terminal,
    from_csv,
    name_key,
)

BYTES = b"jos\xe9".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna", "anna "),
        ("Jose\u0301", "Jos\xe9"),
        ("Anna", "an\u200bna"),
        ("Anna", "\ufeffAnna"),
        ("Anna", "An\u00adna"),
        ("Anna", "\u202eAnna\u202c"),
        ("Anna B", "Anna\xa0 B"),
        ("Anna B", "Anna\u3000B"),
        ("Straße", "STRASSE"),
        ("STRAẞE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İrem", "irem"),
        ("IŞIK", "ışık"),
        ("Ａｎｎａ", "anna"),
        ("ﬁona", "Fiona"),
        ("❤\ufe0f", "❤"),
        ("می\u200cخواهم", "میخواهم"),
        ("Anna\u3164", "anna"),
        ("Anna\x00", "anna"),
        ("안나", "\u110b\u1161\u11ab\u1102\u1161"),
    ],
)
def test_names_that_are_one_name_compare_equal(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Anna", "Anne"), ("José", "Jose"), ("S1", "S01"), ("Ñ", "N"), (BYTES, "jos"), ("а", "a")]
)
def test_names_that_are_two_names_stay_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_every_character_has_one_key_and_one_look() -> None:
    for code in [*range(0x3100), *range(0xA000, 0x20000, 7), *range(0xD7F0, 0xE010), *range(0xE0000, 0xE0200)]:
        name = f"a{chr(code)}b"
        key, shown = name_key(name), clean_name(name)
        assert (name_key(key), clean_name(shown)) == (key, shown), hex(code)
        assert name_key(shown) == key, hex(code)
        shown.encode()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  a\t b\n", "a b"),
        ("e\u0301", "\xe9"),
        ("An\u200bna\u00ad", "Anna"),
        ("An\u200dna", "Anna"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🔬 x", "👩\u200d🔬 x"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("1\ufe0f\u20e3", "1\ufe0f\u20e3"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("a\ufe0fb", "ab"),
        ("\u202eabc", "abc"),
        ("a\x1b[31mb", "a[31mb"),
        (BYTES, "jos\\xe9"),
        ("\ud83d", "\\ud83d"),
        ("x" * 5000, "x" * 5000),
        ("\u200b", ""),
    ],
)
def test_a_name_is_shown_without_what_cannot_be_seen(name: str, shown: str) -> None:
    assert clean_name(name) == shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("anna_clip1 a__b", "anna_clip1 a__b"),
        ("__x__ _x_ a_", "\\_\\_x\\_\\_ \\_x\\_ a\\_"),
        ("03:04 12:30:45", "03:04 12:30:45"),
        ("![n](http://x/n.png)", "!\\[n\\](http\u2060://x/n.png)"),
        ("WWW.x.org", "WWW\u2060.x.org"),
        ("a@b.org", "a@\u2060b.org"),
        (":smile:", ":\u2060smile\\:"),
        ("a -> b", "a -\u2060> b"),
        ("- x", "\\- x"),
        ("12) x", "12\\) x"),
        ("1.5", "1.5"),
        ("# x", "\\# x"),
        ("> x > y", "\\> x > y"),
        ("R&D & c#", "R&D & c#"),
        (":red[x]", "\\:red\\[x\\]"),
        ("a\n===", "a ==="),
        ("a\r\n\r\n    b", "a b"),
        ("&lt;b&gt;", "\\&lt;b\\&gt;"),
        (BYTES, "jos\\\\xe9"),
        ("a\u202eb", "ab"),
        ("plain words, (in brackets) 12:30!", "plain words, (in brackets) 12:30!"),
    ],
)
def test_markdown_takes_text_as_it_is(text: str, escaped: str) -> None:
    assert for_markdown(text) == escaped


@pytest.mark.parametrize(
    ("text", "code"), [("a_b", "`a_b`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), (":material/x:", "`:material\u2060/x:`")]
)
def test_code_stays_code(text: str, code: str) -> None:
    assert for_code(text) == code


def test_a_document_keeps_its_form_and_reaches_nowhere() -> None:
    card = "# A\n\n**b** ![x](http://e.org/i.png) [y](z) <img src=x> :red[c] $x$ a\\_b\n\n| a | b |\n|---|---|\n"
    assert for_markdown_document(card) == (
        "# A\n\n**b** !\\[x\\](http\u2060\\://e.org/i.png) \\[y\\](z) "
        "\\<img src=x> \\:red\\[c\\] \\$x\\$ a\\_b"
        "\n\n| a | b |\n|---|---|\n"
    )


def test_html_and_figures_give_back_what_went_in() -> None:
    text = "<a href='x'>\"&amp;</a>"
    assert html.unescape(for_html(text)) == text
    assert not set(for_html(text)) & set("<>\"'")
    assert for_html("a\nb\x00\u202e") == "a\nb"
    assert for_html(BYTES) == "jos\\xe9"


@pytest.mark.parametrize(
    "cell",
    [
        '=HYPERLINK("http://x")',
        "@SUM(1+1)",
        "-2+3|cmd",
        "+1+1",
        "\t=1",
        "\r=1",
        " =1",
        '"=1',
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "a;=1",
        "a\n=1",
        "a\t=1",
        "'=1",
        "''=1",
        "\xa0=1",
        "-",
        "-0.5",
        "1e-5",
        "+3",
        "-inf",
        "12%",
        "it's",
        "a;b",
        "'",
        "",
        "a'=b",
    ],
)
def test_no_cell_is_a_formula_and_all_come_back(cell: str) -> None:
    written = for_csv(cell)
    for part in (written, *written.split(";")[1:], *written.splitlines()[1:], *written.split("\t")[1:]):
        begins = part.lstrip(' "\xa0')[:1]
        assert begins not in set("=+@＝＋－＠\t\r") or part == "+3", written
        assert begins != "-" or part in ("-", "-0.5", "-inf"), written
    assert from_csv(written) == cell


def test_numbers_are_left_alone() -> None:
    assert [for_csv(v) for v in (-1, -0.5, None, True)] == [-1, -0.5, None, True]


def test_a_terminal_gets_no_escape_sequence() -> None:
    assert for_terminal("a\x1b[2Jb\n\tc\r\x9b\u202e") == "a\\x1b[2Jb\n\tc\\r\\x9b\\u202e"
    assert for_terminal(BYTES) == "jos\\xe9"
    assert for_terminal("👩\u200d🔬 می\u200cخواهم") == "👩\u200d🔬 می\u200cخواهم"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", None])
def test_every_terminal_can_show_everything(encoding: str | None) -> None:
    text = "".join(map(chr, range(0, sys.maxunicode, 13))) + "×–“\ud800"
    for_terminal(text, encoding).encode(encoding or "ascii")


def test_an_ascii_terminal_gets_signs_that_it_has() -> None:
    assert for_terminal("3 × 4 – “é” ≥ 1…", "ascii") == '3 x 4 - "\\xe9" >= 1...'


def test_latex_is_one_line_of_plain_text() -> None:
    assert for_latex("50% of\n\na_b\x00 \\input{x}") == r"50\% of a\_b \textbackslash{}input\{x\}"


def test_lines_keep_everything_but_what_is_no_text() -> None:
    assert clean_lines(f"a\n\x1b{BYTES}\udfff") == "a\n\x1bjos\\xe9\\udfff"
