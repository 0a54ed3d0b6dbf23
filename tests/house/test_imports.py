"""Imports stand at the top, names say what a file is for, and no file grows beyond reading."""

from __future__ import annotations

import ast

import pytest

from tests.house import sources

MOST_LINES = 400
MEANINGLESS = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def inner_imports(module: ast.AST) -> list[int]:
    """The lines of imports inside functions."""
    return [
        node.lineno
        for function in ast.walk(module)
        if isinstance(function, FUNCTIONS)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_no_import_inside_a_function() -> None:
    everywhere = sources.files(*sources.PACKAGES, "tests", "bench")
    assert {sources.name(path): lines for path in everywhere if (lines := inner_imports(sources.tree(path)))} == {}


@pytest.mark.parametrize(
    "text", ["def f():\n    import os", "class C:\n    async def f(self):\n        from a import b"]
)
def test_one_would_be_seen(text: str) -> None:
    assert inner_imports(ast.parse(text))


def test_no_module_is_named_after_nothing() -> None:
    names = [sources.name(path) for path in sources.files(*sources.PACKAGES, "tests", "bench")]
    assert [name for name in names if MEANINGLESS & set(name.removesuffix(".py").split("/"))] == []


def test_no_file_is_longer_than_can_be_read() -> None:
    lengths = {sources.name(path): path.read_text(encoding="utf-8").count("\n") for path in sources.files()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 110, "the median file is longer than it should be"


def test_every_package_and_module_says_what_it_is() -> None:
    silent = [sources.name(path) for path in sources.files() if not ast.get_docstring(sources.tree(path))]
    assert silent == []


def test_no_test_starts_a_loop_in_the_main_thread() -> None:
    """A browser test before it in the same process leaves one running there; `tests.loops` has another thread."""
    starting = [
        sources.name(path)
        for path in sources.files("tests")
        if path.name != "loops.py"
        for node in ast.walk(sources.tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"asyncio.run", "asyncio.Runner"}
    ]
    assert starting == []
