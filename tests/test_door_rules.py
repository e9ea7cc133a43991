"""House rule: text from outside reaches pages, tables and documents by the door (`fer_core.base.text`) alone.

Everything here reads source text. What a machine can hold of the rule:

- what is shown as Markdown is our own words, numbers, `for_markdown(...)`, or comes from a function whose
  docstring begins with "Markdown", which is then held to the same rule;
- HTML is escaped by `for_html`, never by `html.escape`, and no page lets HTML through Markdown;
- CSV is read and written by `fer_core.files.csv_files` alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
FACE = ("ui", "pages", "app.py")
PRODUCT = ("fer_core", *FACE)

DRAWN = {"picture"}
"""Markdown of our own drawings."""
DOOR = frozenset({"for_code", "for_markdown", "for_markdown_document"})
NUMBERS = {
    "abs",
    "b64encode",
    "bool",
    "count",
    "float",
    "int",
    "len",
    "max",
    "min",
    "round",
    "say_duration",
    "sum",
    "strftime",
}
"""What these give back is a number, or our own word for one."""

SHOWN = {
    "badge",
    "button",
    "caption",
    "checkbox",
    "download_button",
    "error",
    "expander",
    "feedback",
    "file_uploader",
    "form_submit_button",
    "header",
    "info",
    "link_button",
    "markdown",
    "metric",
    "multiselect",
    "number_input",
    "pills",
    "popover",
    "radio",
    "segmented_control",
    "select_slider",
    "selectbox",
    "slider",
    "spinner",
    "status",
    "subheader",
    "success",
    "tabs",
    "text_area",
    "text_input",
    "title",
    "toast",
    "toggle",
    "warning",
    "write",
}
"""Methods of Streamlit that read their first argument, or one of `TEXTS`, as Markdown."""
LABELLED = {"image", "page_link", "progress"}
"""The same, but for the first argument."""
TEXTS = {"body", "label", "text", "help", "caption"}
CHOICES = {"pills", "radio", "segmented_control", "tabs"}
"""Those whose options are Markdown too."""
PLAIN = {"logging", "address", "figures"}
"""Owners of functions of such names that are no Streamlit."""

OUTSIDE = {
    "about",
    "citation",
    "class",
    "classified",
    "clip",
    "clip_id",
    "clips",
    "column",
    "columns",
    "corpora",
    "corpus",
    "emotion",
    "emotions",
    "error",
    "errors",
    "file",
    "files",
    "fix",
    "folder",
    "folders",
    "id",
    "item",
    "items",
    "label",
    "labelled",
    "labels",
    "level",
    "levels",
    "message",
    "name",
    "names",
    "note",
    "notes",
    "path",
    "paths",
    "person",
    "problem",
    "problems",
    "reason",
    "said",
    "sentence",
    "sentences",
    "standing",
    "stem",
    "subject",
    "subjects",
    "text",
    "title",
    "titles",
    "video",
    "videos",
    "what",
    "where",
    "who",
    "why",
    "words",
}
"""Names that things from outside go by."""
THROUGH = {
    "capital",
    "capitalize",
    "decode",
    "filter",
    "format",
    "fromkeys",
    "get",
    "items",
    "iter",
    "join",
    "list",
    "listed",
    "lower",
    "map",
    "next",
    "partition",
    "removeprefix",
    "replace",
    "sorted",
    "str",
    "strip",
    "title",
    "upper",
}
"""What goes into these comes out of them."""


@dataclass
class Function:
    """A function with the module it stands in."""

    node: ast.FunctionDef
    module: Module

    @cached_property
    def parameters(self) -> set[str]:
        a = self.node.args
        return {arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs)}

    @cached_property
    def given(self) -> dict[str, list[ast.expr]]:
        """What each local name stands for."""
        found: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Assign):
                pairs = [pair for target in node.targets for pair in _pairs(target, node.value)]
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                pairs = _pairs(node.target, node.value)
            elif isinstance(node, (ast.For, ast.comprehension)):
                pairs = _pairs(node.target, node.iter)
            else:
                continue
            for name, value in pairs:
                found.setdefault(name, []).append(value)
        return found

    @property
    def is_markdown(self) -> bool:
        return (ast.get_docstring(self.node) or "").startswith("Markdown")


@dataclass
class Module:
    """One file and its functions by name."""

    path: str
    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for, in full."""
        nodes = (n for n in ast.walk(self.tree) if isinstance(n, ast.ImportFrom))
        return {alias.asname or alias.name: f"{n.module}.{alias.name}" for n in nodes for alias in n.names}


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        return [(target.id, value)]
    if isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            return [pair for t, v in zip(target.elts, value.elts, strict=True) for pair in _pairs(t, v)]
        # Parts of a constant are ours; elsewhere what a part is called says more than where it comes from.
        return [(n.id, value) for n in ast.walk(target) if isinstance(n, ast.Name)] if _is_ours(value) else []
    return []


def _is_ours(e: ast.expr) -> bool:
    """Whether something belongs to a constant: ``KINDS[k].title``, ``_LINKS.items()``."""
    while True:
        if isinstance(e, ast.Call):
            e = e.func
        elif isinstance(e, (ast.Attribute, ast.Subscript)) and not (isinstance(e, ast.Attribute) and e.attr.isupper()):
            e = e.value
        else:
            return isinstance(e, (ast.Name, ast.Attribute)) and last(e).isupper()


def module_of(source: str, path: str) -> Module:
    module = Module(path, ast.parse(source))
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = Function(node, module)
    return module


@cache
def modules(folders: tuple[str, ...]) -> list[Module]:
    files = [f for name in folders for f in sorted((REPOSITORY / name).rglob("*.py"))]
    files += [REPOSITORY / name for name in folders if name.endswith(".py")]
    return [module_of(f.read_text(encoding="utf-8"), f.relative_to(REPOSITORY).as_posix()) for f in files]


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


@cache
def owner(node: ast.Call) -> str:
    return ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""


def last(node: ast.expr) -> str:
    """``name`` of ``corpus.name`` and of ``result["corpus"]["name"]``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = node.slice
        return str(key.value) if isinstance(key, ast.Constant) and isinstance(key.value, str) else last(node.value)
    return node.id if isinstance(node, ast.Name) else ""


# --- Markdown -----------------------------------------------------------------------------------------


Place = tuple[str, str]
"""A module's name and one of its functions."""

INPUTS = "ui.common.inputs"
"""The module that forms know as ``widgets``."""


class Markdown:
    """Looks for what is shown as Markdown and did not come by the door.

    A function that shows what it is given passes the question on to its callers.
    """

    door: frozenset[str] = DOOR

    def __init__(self, found: list[Module]) -> None:
        self.modules = found
        self.known = {(m.name, f.node.name): f for m in found for f in m.functions.values()}
        self.passing: dict[Place, set[str]] = {}

    def faults(self) -> list[str]:
        """``file:line: expression`` of each."""
        passing = -1
        while passing != sum(map(len, self.passing.values())):
            passing = sum(map(len, self.passing.values()))
            found = {fault for module in self.modules for fault in self._of(module)}
        return [f"{path}:{line}: {what}" for path, line, what in sorted(found)]

    def _of(self, module: Module) -> Iterator[tuple[str, int, str]]:
        for function in [*module.functions.values(), Function(_top(module.tree), module)]:
            for expression in self._shown(function):
                for leaf in self._leaves(expression, function, ()):
                    if isinstance(leaf, ast.Name) and leaf.id in function.parameters:
                        self.passing.setdefault((module.name, function.node.name), set()).add(leaf.id)
                    else:
                        yield module.path, leaf.lineno, ast.unparse(leaf)

    def _shown(self, function: Function) -> Iterator[ast.expr]:
        """Every expression that is shown as Markdown, or given back as such."""
        for node in _own(function.node):
            if isinstance(node, ast.Return) and node.value is not None and function.is_markdown:
                yield node.value
            if not isinstance(node, ast.Call):
                continue
            place = self._place(node, function)
            if place is not None:
                yield from self._passed(node, self.known[place], self.passing.get(place, set()))
            elif isinstance(node.func, ast.Attribute) and called(node) in SHOWN | LABELLED:
                if called(node) == "title" and owner(node) != "st":
                    continue  # a method of text
                if not set(owner(node).replace("(", ".").split(".")) & PLAIN and "ogger" not in owner(node):
                    first = node.args[: called(node) in SHOWN]
                    yield from [*first, *(k.value for k in node.keywords if k.arg in TEXTS)]
                if called(node) in CHOICES:
                    yield from _options(node)

    def _place(self, node: ast.Call, function: Function) -> Place | None:
        """The function of ours that is called, if one is."""
        of, name = owner(node), called(node)
        here = (function.module.name, name)
        if of in ("", "self") and here in self.known:
            return here
        if not of:
            of, _, name = function.module.imported.get(name, "").rpartition(".")
        else:
            of = INPUTS if of == "widgets" else function.module.imported.get(of, "")
        return (of, name) if (of, name) in self.known else None

    @staticmethod
    def _passed(node: ast.Call, function: Function, wanted: set[str]) -> Iterator[ast.expr]:
        names = [a.arg for a in function.node.args.args if a.arg != "self"]
        yield from (value for name, value in zip(names, node.args, strict=False) if name in wanted)
        yield from (k.value for k in node.keywords if k.arg in wanted)

    def _leaves(self, e: ast.expr, f: Function, seen: tuple[str, ...]) -> Iterator[ast.expr]:
        """The parts of an expression that may be text from outside."""
        inner: list[ast.expr] = []
        if isinstance(e, ast.JoinedStr):
            inner = [v.value for v in e.values if isinstance(v, ast.FormattedValue) and v.format_spec is None]
        elif isinstance(e, ast.BinOp):
            inner = [e.left, e.right]
        elif isinstance(e, ast.BoolOp):
            inner = e.values
        elif isinstance(e, ast.IfExp):
            inner = [e.body, e.orelse]
        elif isinstance(e, (ast.List, ast.Tuple)):
            inner = e.elts
        elif isinstance(e, (ast.GeneratorExp, ast.ListComp)):
            inner = [e.elt]
        elif isinstance(e, ast.Dict):
            inner = e.values
        elif isinstance(e, (ast.DictComp, ast.Starred)):
            inner = [e.value]
        elif isinstance(e, ast.Call):
            yield from self._call(e, f, seen)
        elif isinstance(e, ast.Name) and e.id in f.parameters and e.id not in f.given:
            yield e
        elif isinstance(e, ast.Name) and e.id in f.given and e.id not in seen:
            seen = (*seen, e.id)
            inner = f.given[e.id]
        elif last(e) in OUTSIDE and not _is_ours(e):
            yield e
        for part in inner:
            yield from self._leaves(part, f, seen)

    def _call(self, e: ast.Call, f: Function, seen: tuple[str, ...]) -> Iterator[ast.expr]:
        name = called(e)
        if name in self.door | NUMBERS | DRAWN or (name == "map" and last(e.args[0]) in self.door):
            return
        if name in THROUGH:
            for value in [*e.args, *([e.func.value] if isinstance(e.func, ast.Attribute) else [])]:
                yield from self._leaves(value, f, seen)
            return
        place = self._place(e, f)
        own = self.known[place] if place else None
        if own is not None and isinstance(own.node.returns, ast.Name) and own.node.returns.id in NUMBERS:
            return
        if own is None or (place and place[0] != f.module.name and not own.is_markdown):
            yield e
        elif not own.is_markdown and name not in seen:
            for node in _own(own.node):
                if isinstance(node, ast.Return) and node.value is not None:
                    leaves = self._leaves(node.value, own, (*seen, name))
                    given = {ast.unparse(v): v for v in leaves}.values()
                    wanted = {v.id for v in given if isinstance(v, ast.Name) and v.id in own.parameters}
                    yield from (v for v in given if not (isinstance(v, ast.Name) and v.id in wanted))
                    for value in self._passed(e, own, wanted):
                        yield from self._leaves(value, f, seen)


class Html(Markdown):
    """The same for HTML, which figures' labels are too: text with tags in it."""

    door = frozenset({"for_html"})

    def _shown(self, function: Function) -> Iterator[ast.expr]:
        for node in _own(function.node):
            if isinstance(node, ast.JoinedStr) and any(map(_is_tag, node.values)):
                yield node

    def _call(self, e: ast.Call, f: Function, seen: tuple[str, ...]) -> Iterator[ast.expr]:
        """What other functions give back is theirs to escape."""
        if called(e) in THROUGH:
            yield from super()._call(e, f, seen)


def _is_tag(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and re.search(r"</?[a-zA-Z]", str(part.value)) is not None


def _options(node: ast.Call) -> Iterator[ast.expr]:
    """What the options of a choice are shown as."""
    given = {k.arg: k.value for k in node.keywords}
    words = given.get("format_func")
    if words is None:
        yield from [*node.args[1:2], *([given["options"]] if "options" in given else [])]
    elif isinstance(words, ast.Lambda):
        yield words.body
    elif isinstance(words, ast.Attribute) and words.attr in ("__getitem__", "get"):
        yield words.value
    elif last(words) not in DOOR:
        yield ast.copy_location(ast.Call(func=words, args=[], keywords=[]), words)


@cache
def _own(function: ast.AST) -> tuple[ast.AST, ...]:
    """The nodes of a function, without those of functions inside it, each after the one it lies in."""
    found, waiting = [], [function]
    while waiting:
        inner = [
            node
            for node in ast.iter_child_nodes(waiting.pop())
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]
        found += inner
        waiting += inner
    return tuple(found)


def _top(tree: ast.Module) -> ast.FunctionDef:
    """A module's own statements as a function."""
    top = ast.parse("def _top(): pass").body[0]
    assert isinstance(top, ast.FunctionDef)
    top.body = [s for s in tree.body if not isinstance(s, (ast.FunctionDef, ast.ClassDef))]
    return top


# --- what only one module may do ----------------------------------------------------------------------

CSV, TEXT = "fer_core/files/csv_files.py", "fer_core/base/text.py"
IMAGES = "fer_core/datasets/images"
MAY_READ_CSV = (CSV, f"{IMAGES}/pixel_rows.py", f"{IMAGES}/csv_lists.py", "fer_core/paper/published.py")
"""Lists of pictures are read line by line, a broken one passed over; the printed tables are our own."""


def private_ways(path: str, tree: ast.Module) -> list[str]:
    """What goes round the door: a writer or reader of CSV, an escaper, HTML that Markdown lets through."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
            found.append((node.value.lineno, "unsafe_allow_html="))
        if not isinstance(node, ast.Call):
            continue
        way = (last(node.func.value) if isinstance(node.func, ast.Attribute) else "", called(node))
        if path not in (CSV,) and (way in {("csv", "writer"), ("csv", "DictWriter")} or way[1] == "to_csv"):
            found.append((node.lineno, f"{way[1]}()"))
        reads = {("csv", "reader"), ("csv", "DictReader"), ("pd", "read_csv"), ("pandas", "read_csv")}
        if path not in MAY_READ_CSV and way in reads:
            found.append((node.lineno, f"{way[1]}()"))
        if way in {("html", "escape"), ("", "escape"), ("", "escaped"), ("re", "escape_markdown")}:
            found.append((node.lineno, f"{way[1]}()"))
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


# --- the rules ----------------------------------------------------------------------------------------


def test_markdown_holds_our_own_words_or_what_came_by_the_door() -> None:
    assert Markdown(modules(FACE)).faults() == []


def test_html_holds_our_own_words_or_what_came_by_the_door() -> None:
    assert Html(modules(PRODUCT)).faults() == []


def test_nothing_goes_round_the_door() -> None:
    assert [fault for m in modules(PRODUCT) for fault in private_ways(m.path, m.tree)] == []


# --- planted faults: a checker that finds nothing proves nothing --------------------------------------


def found_in(source: str, *more: str) -> list[str]:
    files = [module_of(text, f"ui/m{k}.py") for k, text in enumerate([source, *more])]
    return [fault.partition(" ")[2] for fault in Markdown(files).faults()]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('st.markdown(f"**{corpus.name}**: {len(corpus)} clips")', "corpus.name"),
        ('st.caption(result["corpus"]["note"])', "result['corpus']['note']"),
        ('columns[0].caption("In " + folder)', "folder"),
        ('st.button("Go", help=run.title)', "run.title"),
        ('st.image(face, caption=f"{file.name}")', "file.name"),
        ("st.markdown(words.verdict(rows))", "words.verdict(rows)"),
        ('st.markdown("\\n".join(f"- {e}: {why}" for e in left))', "why"),
        ('st.pills("Emotion", corpus.emotions)', "corpus.emotions"),
        ('st.pills("Kind", kinds, format_func=lambda k: found[k].title)', "found[k].title"),
        ('def f(run):\n    said = f"{run.id} ended"\n    st.info(said)', "run.id"),
        ("def f(one):\n    st.info(_said(one))\ndef _said(one):\n    return one.note", "one.note"),
        ('def f(clip):\n    """Markdown: a clip."""\n    return f"**{clip.video}**"', "clip.video"),
        ('def show(what):\n    st.info(what)\ndef f(c):\n    show(f"{c.name}")', "c.name"),
    ],
)
def test_planted_markdown_is_found(source: str, fault: str) -> None:
    assert found_in(source) == [fault]


def test_what_a_function_shows_is_asked_of_its_callers_in_other_modules() -> None:
    other = "from ui import m0\ndef page(c):\n    m0.say(c.name)\n    m0.say(for_markdown(c.name))"
    assert found_in('def say(sentence):\n    st.markdown(f"##### {sentence}")', other) == ["c.name"]


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(f\"**{for_markdown(corpus.name)}**: {count(len(c), 'clip')} {share:.0%}\")",
        'st.selectbox("Corpus", [c.name for c in found], key=f"of_{c.name}")',
        "st.caption(NOTES[kind].note)",
        'st.pills("Emotion", corpus.emotions, format_func=for_markdown)',
        'def f(n):\n    said = f"{n:,} clips"\n    st.info(said)',
        'logging.getLogger("x").warning(error.message)',
        'st.markdown(chip(found.title))\ndef chip(verdict):\n    """Markdown."""\n    return BADGE',
    ],
)
def test_harmless_markdown_is_left_alone(source: str) -> None:
    assert found_in(source) == []


def test_planted_html_is_found() -> None:
    files = [module_of('a = f"<b>{row.name}</b>"\nb = f"<b>{for_html(row.name)}</b> {row.n}"', "fer_core/a.py")]
    assert Html(files).faults() == ["fer_core/a.py:1: row.name"]


@pytest.mark.parametrize(
    "source",
    [
        "csv.writer(file)",
        "csv.DictReader(file)",
        "frame.to_csv(file)",
        "pd.read_csv(file)",
        "html.escape(text)",
        "escape(text)",
        "st.markdown(text, unsafe_allow_html=True)",
    ],
)
def test_a_planted_private_way_is_found(source: str) -> None:
    assert len(private_ways("ui/a.py", ast.parse(source))) == 1
