"""Names from outside on a real page: they are read as they are, and nothing comes of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import conftest as pages

NAMES = [
    "![n](http://127.0.0.1:8977/n.png)",
    "![n](http:&#47;&#47;127.0.0.1:8977&#47;n.png)",
    "[a](javascript:alert(1))",
    "http://a.example",
    "HTTPS://a.example/x?y=1",
    "www.a.example",
    "a@b.example",
    "<http://a.example>",
    "see (www.a.example)",
    "mailto:a@b.example",
    "[a]: http://a.example",
    "[a][b]",
    "[^1]",
    ":material/home:",
    ":material_home:",
    ":red[x]",
    ":blue-badge[x]",
    ":streamlit:",
    ":smile:",
    ":+1:",
    "::note",
    ":small[x]",
    "$x^2$",
    "$$x$$",
    "<img src=x onerror=alert(1)>",
    "<b>x</b>",
    "<!-- x -->",
    "&lt;b&gt;",
    "&amp;",
    "&#65;",
    "`x`",
    "``x",
    "**x**",
    "__x__",
    "*x*",
    "_x_",
    "~x~",
    "~~x~~",
    "a|b",
    "| a |",
    "# x",
    "###### x",
    "- x",
    "+ x",
    "* x",
    "1. x",
    "12) x",
    "> x",
    "===",
    "---",
    "```",
    "[ ] x",
    "a -> b",
    "<- a",
    "a -- b",
    "a >= b",
    "a ~= b",
    "\\",
    "\\*x\\*",
    "C:\\new",
    "a\\",
    "x:",
    "{x}",
    "!",
    "12:30:45",
    "clip_1",
    "2024-01-01",
    "Anna ❤\ufe0f 👩\u200d🔬",
    "می\u200cخواهم",
]
OURS = {
    "#text",
    "P",
    "DIV",
    "STRONG",
    "SPAN",
    "CODE",
    "BUTTON",
    "SVG",
    "PATH",
    "TABLE",
    "THEAD",
    "TBODY",
    "TR",
    "TH",
    "TD",
    "UL",
    "LI",
}
LOOK = """
const found = {};
for (const box of document.querySelectorAll('[class*="st-key-name"], [class*="st-key-document"]')) {
  const key = [...box.classList].find(c => c.startsWith('st-key-')).slice(7);
  const texts = '[data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]';
  const parts = [...box.querySelectorAll(texts)];
  found[key] = [
    parts.map(p => p.innerText.replaceAll('\\u2060', '').trim()),
    [...new Set([...box.querySelectorAll('*:not(a[href^="#"])')].map(e => e.tagName))],
    box.querySelectorAll('span[class*="stMarkdown"], span[role="img"], .katex').length,
  ];
}
return found;
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[dict[str, Any]]:
    """What the browser made of the names."""
    port = pages._free_port()
    log = tmp_path_factory.mktemp("names") / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                str(Path(__file__).with_name("names_app.py")),
                f"--server.port={port}",
                "--server.headless=true",
                "--server.fileWatcherType=none",
            ],
            cwd=pages.REPOSITORY,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | {"FER_LAB_TEST_NAMES": json.dumps(NAMES), "PYTHONPATH": str(pages.REPOSITORY)},
        )
    try:
        pages._wait_until_healthy(f"http://localhost:{port}", process, log)
        pages.visit(browser, f"http://localhost:{port}")
        yield browser.execute_script(LOOK)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@pytest.mark.parametrize("number", range(len(NAMES)), ids=[ascii(name) for name in NAMES])
def test_a_name_is_read_as_it_is_and_nothing_comes_of_it(number: int, page: dict[str, Any]) -> None:
    words, tags, marked = page[f"name{number}"]
    name = NAMES[number]
    assert words[0] == name
    assert f"{name} and {name}" in words
    assert f"see {name}, so" in words
    assert words.count(name) >= 4
    assert set(map(str.upper, tags)) <= OURS
    assert marked == 0


@pytest.mark.parametrize("number", range(len(NAMES)), ids=[ascii(name) for name in NAMES])
def test_a_document_reaches_nowhere(number: int, page: dict[str, Any]) -> None:
    _, tags, marked = page[f"document{number}"]
    assert not set(map(str.upper, tags)) & {"A", "IMG", "SCRIPT", "IFRAME", "INPUT"}
    assert marked == 0
