"""`contactcenter settings export` and `import`: all settings of the organisation as one file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from flask_babel import force_locale

from contactcenter.errors import StartError
from contactcenter.services.editing import change
from contactcenter.services.portable import apply, export, parse, plan, stored, titles
from contactcenter.services.portable.plan import Plan
from contactcenter.settings import Settings
from workers.process import existing_app, unit_of_work

STREAM = "-"


def export_settings(settings: Settings, data: Path, to: str) -> int:
    """Write all settings to the file `to` (`-`: standard output), whole or not at all; gives the exit code.

    Raises:
        StartError: there is no database, or the file cannot be written.
    """
    with unit_of_work(existing_app(settings, data), read_only=True) as session:
        written = export.write(session)
    if to == STREAM:
        sys.stdout.buffer.write(written)
        return 0
    path = Path(to)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
            draft.write(written)
        os.replace(draft.name, path)
    except OSError as error:
        raise StartError(f"{path} cannot be written ({error.strerror})") from error
    print(f"wrote {path} ({len(written)} bytes)")
    return 0


def import_settings(settings: Settings, data: Path, file: str, *, dry_run: bool) -> int:
    """Bring a settings file in (`-`: standard input), or with `dry_run` only tell; 1 when it has mistakes, else 0.

    Raises:
        StartError: there is no database, or the file cannot be read.
    """
    written = _read(file)
    app = existing_app(settings, data)
    with app.app_context(), force_locale("en"):
        try:
            content = parse.read(written)
        except parse.NotOurFile as error:
            print(_plain(f"{file}: {error}"), file=sys.stderr)
            return 1
    with unit_of_work(app, read_only=dry_run) as session, force_locale("en"):
        if not dry_run:
            change.lock(session)
        now = stored.load(session)
        made = plan.make(content, now)
        if made.items and not dry_run:
            apply.carry_out(session, made, now, None)
        return _tell(file, made, dry_run=dry_run)


def _read(file: str) -> bytes:
    try:
        if file == STREAM:
            return sys.stdin.buffer.read(parse.MOST_BYTES + 1)
        with Path(file).open("rb") as stream:
            return stream.read(parse.MOST_BYTES + 1)
    except OSError as error:
        raise StartError(f"{file} cannot be read ({error.strerror})") from error


def _tell(file: str, made: Plan, *, dry_run: bool) -> int:
    for problem in made.problems:
        print(_plain(f"{file}: {problem.place}: {problem.text}"), file=sys.stderr)
    if made.problems:
        return 1
    would = "would be " if dry_run else ""
    for item in made.items:
        print(_plain(f"{would}{'added' if item.is_new else 'changed'}\t{item.section.name}\t{item.key}"))
        for key, before, after in () if item.is_new else plan.differences(item):
            print(_plain(f"\t{key}: {before} -> {after}"))
    for section in titles.told(made):
        if section.left_alone:
            print(_plain(f"left alone\t{section.title}\t{', '.join(section.left_alone)}"))
    print(f"{len(made.items)} {would}added or changed, {sum(made.same.values())} already the same")
    return 0


def _plain(text: str) -> str:
    """Without what a terminal would obey: the file may be anybody's."""
    return "".join(sign if sign.isprintable() or sign == "\t" else " " for sign in text)
