"""The rules of docs/architecture.md that a machine can hold: who may import what, and how code is written.

Everything here reads source text; nothing of the product is imported but in the last test's own process.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
CORE = REPOSITORY / "fer_core"
PRODUCT = ("fer_core", "ui", "pages", "scripts", "benchmarks")
APP_LINES, PAGE_LINES = 60, 160

NOWHERE: tuple[str, ...] = ()
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "streamlit": NOWHERE,
    "streamlit_webrtc": NOWHERE,
    "tensorflow": ("models/*", "losses/binary.py", "efficiency/*", "studies/efficiency/*"),
    "keras": ("models/*", "losses/*", "training/images/*", "efficiency/*", "studies/efficiency/*"),
    "mediapipe": ("landmarks/_mediapipe.py", "landmarks/mediapipe_*.py"),
}
"""Heavy or foreign package → the files of fer_core, as patterns, that may import it."""

SLOW_TO_LOAD = ("tensorflow", "keras", "mediapipe", "streamlit", "pingouin", "skopt", "distributed")
PLAIN_JSON = {
    "its two doors": ("fer_core/files/shapes.py",),
    "ships with the code": (
        "fer_core/paper/published.py",
        "fer_core/datasets/demo.py",
        "fer_core/models/images/layer_summary.py",
        "fer_core/models/images/registry.py",
        "fer_core/landmarks/mesh.py",
        "fer_core/landmarks/shape_model.py",
        "fer_core/landmarks/identity.py",
        "scripts/build_demo_model.py",
    ),
    "between this program's own processes": (
        "fer_core/efficiency/*",
        "fer_core/studies/efficiency/*",
        "fer_core/training/engine/shared_data.py",
        "fer_core/models/images/grad_cam_child.py",
        "fer_core/models/images/grad_cam_service.py",
    ),
    "beside arrays that this program keeps; what does not fit is made again": (
        "fer_core/training/images/scan_pictures.py",
        "fer_core/training/images/checkpoints.py",
        "fer_core/datasets/images/pixel_rows.py",
    ),
    "a copy of plain data": ("fer_core/study/conditions.py", "fer_core/study/image_conditions.py"),
    "checked on the next lines": ("fer_core/datasets/images/parquet_files.py", "ui/live/camera_ice.py"),
}
"""Why → the files, as patterns, that read JSON by themselves. Others use `fer_core.files.shapes`."""

RUNS_WHAT_IT_READS = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
"""Reading a file with one of these can run code from the file."""


# --- reading source -------------------------------------------------------------------------------


def parse(path: Path) -> ast.Module:
    """The file's tree; of a file of this checkout always the same one."""
    return _parsed(path) if path.is_relative_to(REPOSITORY) else _parsed.__wrapped__(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def product_files(root: Path = REPOSITORY) -> list[Path]:
    """Every source file that is not a test."""
    found = [path for folder in PRODUCT for path in sorted((root / folder).rglob("*.py"))]
    return found + [path for path in [root / "app.py"] if path.is_file()]


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.Module, module: str = "", *, package: bool = False) -> Iterator[tuple[str, str]]:
    """What a module imports, anywhere in it, inside functions and by string too.

    ``from a import b`` gives ``("a", "b")``, where b may be a module or a name in one; ``import a.b``
    gives ``("a.b", "")``. Relative imports are resolved against ``module``.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, module, package) if node.level else node.module or ""
            yield from ((base, name.name) for name in node.names)
        elif isinstance(node, ast.Call) and called(node) in {"import_module", "__import__"}:
            yield from ((str(arg.value), "") for arg in node.args[:1] if isinstance(arg, ast.Constant))


def absolute(node: ast.ImportFrom, module: str, package: bool) -> str:
    """The dotted name that a relative import's dots stand for."""
    parents = module.split(".")
    up = node.level - 1 if package else node.level
    return ".".join([*parents[: len(parents) - up], *([node.module] if node.module else [])])


@cache
def roots(tree: ast.Module) -> set[str]:
    """The top-level packages that a module imports; its own package, if by a relative import, as ''."""
    return {base.partition(".")[0] for base, _ in imports(tree)}


def called(node: ast.Call) -> str:
    """The last name of what is called: ``load`` for ``yaml.load(...)``."""
    target = node.func
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def owner(node: ast.Call) -> str:
    """The name before the dot: ``yaml`` for ``yaml.load(...)``."""
    value = node.func.value if isinstance(node.func, ast.Attribute) else None
    return value.id if isinstance(value, ast.Name) else ""


# --- the checkers ---------------------------------------------------------------------------------


def trespasses(path: str, tree: ast.Module) -> list[str]:
    """The packages that a file of fer_core imports without being one that may."""
    reached = roots(tree)
    return sorted(
        package
        for package, places in MAY_IMPORT.items()
        if package in reached and not any(fnmatch(path, place) for place in places)
    )


def dangers(tree: ast.Module) -> list[str]:
    """Constructs that run text or files as code, with their line."""
    found = [(0, f"import {root}") for root in roots(tree) if root in RUNS_WHAT_IT_READS]
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
            found.append((node.lineno, f"{node.func.id}()"))
        if (owner(node), called(node)) in {("yaml", "load"), ("os", "system"), ("os", "popen")}:
            found.append((node.lineno, f"{owner(node)}.{called(node)}()"))
        if called(node) in {"read_pickle", "to_pickle"}:
            found.append((node.lineno, f"{called(node)}()"))
        for word in node.keywords:
            if word.arg in {"shell", "allow_pickle"} and not is_false(word.value):
                found.append((node.lineno, f"{word.arg}="))
            if word.arg == "safe_mode" and is_false(word.value):
                found.append((node.lineno, "safe_mode=False"))
    return [f"line {line}: {what}" for line, what in sorted(found)]


def reads_json(tree: ast.Module) -> bool:
    """Whether a module reads JSON by itself, whatever it calls the function."""
    calls = (n for n in ast.walk(tree) if isinstance(n, ast.Call))
    by_name = any(base == "json" and name in {"load", "loads"} for base, name in imports(tree))
    return by_name or any(owner(c) == "json" and called(c) in {"load", "loads"} for c in calls)


def is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes without a docstring, and public functions not fully annotated."""
    found = [] if ast.get_docstring(tree) or not tree.body else ["the module itself: docstring"]
    for name, node in public(tree.body):
        if not ast.get_docstring(node) and not node.name.startswith("__") and not is_variant(node):
            found.append(f"{name}: docstring")
        if not isinstance(node, ast.ClassDef) and not annotated(node):
            found.append(f"{name}: annotations")
    return found


Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Documented]]:
    """Public functions and classes, and the public and special methods of public classes."""
    for node in body:
        if not isinstance(node, Documented):
            continue
        special = node.name.startswith("__") and node.name.endswith("__")
        if node.name.startswith("_") and not special:
            continue
        yield inside + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{inside}{node.name}.")


def is_variant(node: Documented) -> bool:
    """An overload, an override or a property's setter says nothing that the first one did not say."""
    marks = {getattr(mark, "attr", getattr(mark, "id", "")) for mark in node.decorator_list}
    return bool(marks & {"overload", "override", "setter"})


def annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    named += [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    if named and named[0].arg in {"self", "cls"}:
        named = named[1:]
    return node.returns is not None and all(argument.annotation for argument in named)


def import_graph(root: Path, package: str) -> dict[str, set[str]]:
    """module → the modules of the same package that it imports, at any depth in its code."""
    files = {module_name(path, root): path for path in sorted((root / package).rglob("*.py"))}
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        named = imports(parse(path), module, package=path.name == "__init__.py")
        # `from package import module` depends on the module; `from package import name` on the package.
        reached = {inner if (inner := f"{base}.{name}") in files else base for base, name in named}
        graph[module] = (reached & files.keys()) - {module}
    return graph


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for other in sorted(graph.get(module, ())):
            if other not in index:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], index[other])
        if low[module] == index[module]:
            component = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(component) > 1:
                found.append(sorted(component))

    for module in sorted(graph):
        if module not in index:
            visit(module)
    return sorted(found)


# --- the rules ------------------------------------------------------------------------------------


def test_each_heavy_package_is_imported_only_where_it_belongs() -> None:
    found = {
        str(path.relative_to(REPOSITORY)): wrong
        for path in sorted(CORE.rglob("*.py"))
        if (wrong := trespasses(path.relative_to(CORE).as_posix(), parse(path)))
    }
    assert found == {}


def test_pages_leave_keras_and_mediapipe_to_the_core() -> None:
    pages = [REPOSITORY / "app.py", *sorted((REPOSITORY / "pages").rglob("*.py"))]
    found = {
        path.name: sorted(wrong)
        for path in pages
        if path.is_file() and (wrong := roots(parse(path)) & {"tensorflow", "keras", "mediapipe"})
    }
    assert found == {}


def test_nothing_runs_what_it_reads() -> None:
    found = {str(path.relative_to(REPOSITORY)): wrong for path in product_files() if (wrong := dangers(parse(path)))}
    assert found == {}


def test_json_of_others_is_read_within_limits() -> None:
    found = {str(p.relative_to(REPOSITORY)) for p in product_files() if reads_json(parse(p))}
    allowed = [pattern for patterns in PLAIN_JSON.values() for pattern in patterns]
    assert sorted(f for f in found if not any(fnmatch(f, pattern) for pattern in allowed)) == []
    assert [pattern for pattern in allowed if not any(fnmatch(f, pattern) for f in found)] == []


def test_the_face_is_thin() -> None:
    limits = dict.fromkeys((REPOSITORY / "pages").rglob("*.py"), PAGE_LINES)
    limits[REPOSITORY / "app.py"] = APP_LINES
    found = {
        path.name: lines
        for path, limit in limits.items()
        if path.is_file() and (lines := len(path.read_text(encoding="utf-8").splitlines())) > limit
    }
    assert found == {}


def test_every_public_name_of_the_core_is_documented_and_typed() -> None:
    found = {
        str(path.relative_to(REPOSITORY)): wrong
        for path in sorted(CORE.rglob("*.py"))
        if (wrong := undocumented(parse(path)))
    }
    assert found == {}


def test_imports_go_one_way() -> None:
    graph = import_graph(REPOSITORY, "fer_core")
    assert len(graph) > 10, "the graph is read from the wrong folder"
    assert any(graph.values()), "no import was understood"
    assert cycles(graph) == []


def test_the_command_line_starts_without_the_heavy_packages() -> None:
    code = f"import fer_core, fer_core.cli.main, sys; print(*[m for m in {SLOW_TO_LOAD} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


# --- planted faults: a checker that finds nothing proves nothing --------------------------------------


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("losses/imbalance.py", "def f():\n    import streamlit as st", ["streamlit"]),
        ("live/stream.py", "from streamlit_webrtc import webrtc_streamer", ["streamlit_webrtc"]),
        ("landmarks/mesh.py", "import mediapipe.python", ["mediapipe"]),
        ("landmarks/mesh.py", "import importlib\nimportlib.import_module('mediapipe')", ["mediapipe"]),
        ("stats/power.py", "from keras import ops\nimport tensorflow as tf", ["keras", "tensorflow"]),
        ("landmarks/_mediapipe.py", "import mediapipe", []),
        ("models/recurrent.py", "import keras", []),
        ("losses/binary.py", "import keras", []),
        ("figures/theme.py", "import streamlit_like", []),
    ],
)
def test_a_planted_import_is_found(path: str, source: str, wrong: list[str]) -> None:
    assert trespasses(path, ast.parse(source)) == wrong


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "exec(text)",
        "run(command, shell=True)",
        "run(command, shell=flag)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text)",
        "os.system('ls')",
        "pd.read_pickle(path)",
        "keras.models.load_model(path, safe_mode=False)",
    ],
)
def test_a_planted_danger_is_found(source: str) -> None:
    assert len(dangers(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source",
    ["model.eval()", "np.load(path, allow_pickle=False)", "run(command)", "yaml.safe_load(text)", "text = 'exec(1)'"],
)
def test_harmless_code_is_left_alone(source: str) -> None:
    assert dangers(ast.parse(source)) == []


@pytest.mark.parametrize("source", ["json.loads(text)", "json.load(file)", "from json import loads"])
def test_planted_plain_json_is_found(source: str) -> None:
    assert reads_json(ast.parse(source)) and not reads_json(ast.parse("json.dumps(shapes.loads(text))"))


def test_a_planted_missing_docstring_or_annotation_is_found() -> None:
    source = (
        '"""A module."""\n'
        'def whole(a: int, *rest: int) -> int:\n    """Doc."""\n'
        "def bare(a: int) -> int: ...\n"
        'def loose(a, b: int) -> int:\n    """Doc."""\n'
        'def endless(a: int):\n    """Doc."""\n'
        "def _own(a): ...\n"
        'class Kind:\n    """Doc."""\n'
        "    def __init__(self, a) -> None: ...\n"
        '    def fine(self) -> int:\n        """Doc."""\n'
        "    def mute(self) -> int: ...\n"
        "class _Own:\n    def mute(self): ...\n"
    )
    assert undocumented(ast.parse(source)) == [
        "bare: docstring",
        "loose: annotations",
        "endless: annotations",
        "Kind.__init__: annotations",
        "Kind.mute: docstring",
    ]
    assert undocumented(ast.parse("x = 1")) == ["the module itself: docstring"]


def write_tree(root: Path, files: Mapping[str, str]) -> None:
    for name, source in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def test_a_planted_cycle_is_found(tmp_path: Path) -> None:
    tree = {
        "p/__init__.py": "",
        "p/a.py": "from p.b import thing",
        "p/b.py": "def late():\n    from p.deep import c",
        "p/deep/__init__.py": "",
        "p/deep/c.py": "from ..a import thing",
        "p/d.py": "from p import a\nimport p.b",
    }
    write_tree(tmp_path, tree)
    assert cycles(import_graph(tmp_path, "p")) == [["p.a", "p.b", "p.deep.c"]]
    write_tree(tmp_path, {"p/deep/c.py": "import json"})
    assert cycles(import_graph(tmp_path, "p")) == []


def test_a_planted_cycle_through_a_package_is_found(tmp_path: Path) -> None:
    tree = {
        "p/__init__.py": "VERSION = 1",
        "p/kit/__init__.py": "from .tool import saw",
        "p/kit/tool.py": "from p.kit import saw",
        "p/user.py": "from p import VERSION\nfrom p.kit import tool",
    }
    write_tree(tmp_path, tree)
    graph = import_graph(tmp_path, "p")
    assert graph["p.user"] == {"p", "p.kit.tool"}
    assert graph["p.kit"] == {"p.kit.tool"}
    assert cycles(graph) == [["p.kit", "p.kit.tool"]]
    write_tree(tmp_path, {"p/kit/tool.py": "from . import nail", "p/kit/nail.py": ""})
    assert cycles(import_graph(tmp_path, "p")) == []
