"""Our Python files, parsed once, for the rules that are about source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("contactcenter", "channels", "routing", "workers")


def files(*folders: str) -> list[Path]:
    """Every Python file below `folders` (our packages, unless others are named), without what is built."""
    found = [path for folder in folders or PACKAGES for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if not {"node_modules", "dist"} & set(path.relative_to(ROOT).parts))


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def name(path: Path) -> str:
    """A file as rules name it: `contactcenter/db.py`."""
    return path.relative_to(ROOT).as_posix()


def calls(module: ast.AST, method: str) -> Iterator[ast.Call]:
    """Every call of an attribute `method`, whatever it is called on."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node
