"""The predicates of confidentiality in our source, each of which can be taken away while the program runs.

They are found in the syntax trees and not listed by hand, so that a new use is here from the day it is written. One is
taken away by compiling its module with something in its place that lets everything through, and giving the functions
that are already there the new code.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

from sqlalchemy import select
from sqlalchemy.orm import Session

from contactcenter.access import Actor
from contactcenter.errors import NotFound
from contactcenter.model import Ticket
from contactcenter.queries import listing, views
from tests.house.sources import files, name, tree

EVERYTHING = '__import__("sqlalchemy").true()'
HERE = '__import__("tests.integration.mutants", fromlist=["here"])'
CALLS = {
    "visible_tickets": EVERYTHING,
    "visible_arrivals": EVERYTHING,
    "visible_parked": EVERYTHING,
    "told_to": EVERYTHING,
    "_in_rooms": EVERYTHING,
    "_by_role": EVERYTHING,
    "get_ticket": f"{HERE}.any_ticket",
    "watch_rooms": f"{HERE}.every_room()",
}
ELSEWHERE = {"contactcenter/demo", "contactcenter/migrations"}
OTHERS: dict[str, dict[str, str]] = {
    "contactcenter/access.py": {
        "TicketGrant.agent_id == actor.agent_id": EVERYTHING,
        "Ticket.assignee_id == actor.agent_id": EVERYTHING,
        "actor.may(Permission.READ)": "True",
    },
    "contactcenter/queries/deltas.py": {
        "actor.may(Permission.READ)": "True",
        "Event.agent_id == actor.agent_id": EVERYTHING,
    },
    "contactcenter/web/door.py": {"actor.require(permission)": "None"},
    "contactcenter/api/door.py": {"actor.may(made.permission)": "True"},
    "contactcenter/web/files.py": {"entry.ticket_id != ticket.id": "False"},
    "contactcenter/services/replies.py": {"entry.ticket_id != ticket.id": "False"},
    "contactcenter/services/uncertain.py": {"entry.ticket_id != ticket.id": "False"},
    "contactcenter/services/drafts.py": {"attachment.draft_id != draft.id": "False"},
    "contactcenter/queries/quarantine.py": {
        "Inbox.state == InboxState.QUARANTINED": EVERYTHING,
    },
    "contactcenter/services/inbox.py": {"row.state is not InboxState.QUARANTINED": "False"},
    "contactcenter/search.py": {"visible": EVERYTHING},
}
"""What is no call of a predicate and keeps somebody out all the same: its source, and what lets everything through."""

reached: set[Mutant] = set()


@dataclass(frozen=True)
class Mutant:
    """One use of a predicate: where it is, and what takes its place."""

    file: str
    function: str
    source: str
    place: tuple[int, int]
    neutral: str

    def __str__(self) -> str:
        return f"{self.file} {self.function}: {self.source} (line {self.place[0]})"

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by, wherever it stands in the file."""
        return self.file, self.function, self.source


def any_ticket(session: Session, actor: Actor, number: int, *, lock: bool = False) -> Ticket:
    """`get_ticket` without its predicate."""
    found = session.scalar(select(Ticket).where(Ticket.number == number))
    if found is None:
        raise NotFound()
    return found


def every_room() -> frozenset[str]:
    """All rooms of a small house."""
    some = range(1, 30)
    both = {f"team:{team}:{domain}" for team in some for domain in some}
    return frozenset({*both, *(f"{kind}:{one}" for kind in ("domain", "agent") for one in some)})


def all_mutants() -> list[Mutant]:
    """Every use of a predicate in the service."""
    paths = [path for path in files("contactcenter") if not any(name(path).startswith(where) for where in ELSEWHERE)]
    return [mutant for path in paths for mutant in _in_file(path)]


def _in_file(path: Path) -> Iterator[Mutant]:
    for function, node in _expressions(tree(path), ""):
        source = ast.unparse(node)
        neutral = _neutral(node, source, name(path))
        if neutral:
            yield Mutant(name(path), function, source, (node.lineno, node.col_offset), neutral)


def _expressions(node: ast.AST, function: str) -> Iterator[tuple[str, ast.expr]]:
    for child in ast.iter_child_nodes(node):
        inner = function
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inner = f"{function}.{child.name}" if function else child.name
        if isinstance(child, ast.expr):
            yield function, child
        yield from _expressions(child, inner)


def _neutral(node: ast.expr, source: str, file: str) -> str:
    """What takes the place of a predicate; empty for everything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        neutral = CALLS[node.func.id]
        return neutral if neutral.endswith(")") else f"{neutral}({source.partition('(')[2]}"
    if source in OTHERS.get(file, {}) and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
        return OTHERS[file][source]
    if isinstance(node, ast.Compare) and source.startswith("Draft.agent_id =="):
        return EVERYTHING
    rights = ("actor.domains", "actor.teams")
    if isinstance(node, ast.Compare) and source.endswith(rights):
        return "True"
    column = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "in_"
    return EVERYTHING if column and any(right in source for right in rights) else ""


class _Replacing(ast.NodeTransformer):
    def __init__(self, instead: Callable[[ast.expr], ast.expr | None]) -> None:
        self._instead = instead

    def visit(self, node: ast.AST) -> ast.AST:
        """The node with what takes its place or that of its parts."""
        instead = self._instead(node) if isinstance(node, ast.expr) else None
        return ast.copy_location(instead, node) if instead is not None else self.generic_visit(node)


@contextmanager
def taken_away(mutant: Mutant) -> Iterator[None]:
    """Without this predicate."""

    def instead(node: ast.expr) -> ast.expr | None:
        return _parsed(mutant.neutral) if (node.lineno, node.col_offset) == mutant.place and _is(node, mutant) else None

    forget()
    with _running(mutant.file, instead):
        yield
    forget()


@contextmanager
def watched(mutants: list[Mutant]) -> Iterator[None]:
    """With every predicate as it is, and each that is come to noted in `reached`."""
    for place, mutant in enumerate(mutants):
        _known[place] = mutant

    def noting(file: str) -> Callable[[ast.expr], ast.expr | None]:
        def instead(node: ast.expr) -> ast.expr | None:
            for place, mutant in enumerate(mutants):
                if mutant.file == file and (node.lineno, node.col_offset) == mutant.place and _is(node, mutant):
                    return _parsed(f"({HERE}.note({place}), {mutant.source})[1]")
            return None

        return instead

    forget()
    with _all_running({mutant.file: noting(mutant.file) for mutant in mutants}):
        yield


def forget() -> None:
    """Let statements be built anew: those that are kept hold a predicate already."""
    for kept in _kept:
        kept.cache_clear()


_kept = [views.views_for, views._counting, listing._first_page]
_known: dict[int, Mutant] = {}


def note(place: int) -> None:
    """Remember that a predicate was come to."""
    reached.add(_known[place])


def _is(node: ast.expr, mutant: Mutant) -> bool:
    return ast.unparse(node) == mutant.source


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@contextmanager
def _all_running(changes: dict[str, Callable[[ast.expr], ast.expr | None]]) -> Iterator[None]:
    if not changes:
        yield
        return
    file, instead = next(iter(changes.items()))
    with _running(file, instead), _all_running({other: one for other, one in changes.items() if other != file}):
        yield


@contextmanager
def _running(file: str, instead: Callable[[ast.expr], ast.expr | None]) -> Iterator[None]:
    [path] = [path for path in files("contactcenter") if name(path) == file]
    source = ast.parse(path.read_text(encoding="utf-8"))
    changed = _Replacing(instead).visit(source)
    assert isinstance(changed, ast.Module)
    module = compile(ast.fix_missing_locations(changed), str(path), "exec", dont_inherit=True)
    codes = {(code.co_qualname, code.co_firstlineno): code for code in _codes(module)}
    functions = _functions(str(path))
    before = [(function, function.__code__) for function in functions]
    for function, code in before:
        new = codes.get((code.co_qualname, code.co_firstlineno))
        if new is not None and new.co_freevars == code.co_freevars:
            function.__code__ = new
    try:
        yield
    finally:
        for function, code in before:
            function.__code__ = code


_found: dict[str, list[FunctionType]] = {}


def _functions(path: str) -> list[FunctionType]:
    """The functions that stand in a file, found once in memory: also those behind decorators."""
    if not _found:
        for thing in gc.get_objects():
            if type(thing) is FunctionType and "/contactcenter/" in thing.__code__.co_filename:
                _found.setdefault(thing.__code__.co_filename, []).append(thing)
    return _found.get(path, [])


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)
