"""The commands of `contactcenter` that do one thing and end; the administrative ones are in `contactcenter.cli`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask_babel import force_locale

from contactcenter import clock, migrate, schema
from contactcenter.cli import COMMANDS, Command
from contactcenter.core import create_core
from contactcenter.demo import build
from contactcenter.runtime import build_runtime
from workers.backup import backup
from workers.doctor import doctor
from workers.process import existing_app, load_settings, unit_of_work
from workers.reconcile import reconcile, rescan
from workers.restore import restore
from workers.route import route
from workers.settings_file import export_settings, import_settings
from workers.verify import verify

Run = Callable[[Namespace], int]


def declare(leaf: Callable[[tuple[str, ...], str, Run], ArgumentParser]) -> None:
    """Say what can be typed, by `leaf(words, help, run)`, which gives the parser of the command's own arguments."""
    made = leaf(("route",), "decide messages without storing anything", _route)
    made.add_argument("file", metavar="FILE", help="JSON lines; - is standard input")
    leaf(("config", "check"), "read the configuration and tell every mistake", _config_check)
    leaf(("db", "upgrade"), "make the database, or bring it to this version's schema", _db_upgrade)
    leaf(("doctor",), "look at everything that a working installation needs", _doctor)
    made = leaf(("verify",), "look for anything lost, doubled, left lying or out of place; changes nothing", _verify)
    made.add_argument(
        "--accepted", type=Path, metavar="JOURNAL", help="JSON lines of what we said 250 to: sha256, sender, recipients"
    )
    made.add_argument(
        "--delivered", type=Path, metavar="JOURNAL|MAILDIR", help="what left: JSON lines with message_id, or mails"
    )
    made.add_argument("--quick", action="store_true", help="do not read the stored bytes, only look that they exist")
    made = leaf(("backup",), "write database, stored bytes and keys, of one moment, to one file", _backup)
    made.add_argument("file", metavar="FILE", help="a new file; - is standard output")
    made = leaf(("restore",), "fill an empty data folder and database from a backup", _restore)
    made.add_argument("file", metavar="FILE", type=Path, help="what `contactcenter backup` wrote")
    made = leaf(("settings", "export"), "write all settings of the organisation to one file", _settings_export)
    made.add_argument("--to", default="-", metavar="FILE", help="default: standard output")
    made = leaf(("settings", "import"), "bring such a file in: adds and changes, never removes", _settings_import)
    made.add_argument("file", metavar="FILE", help="what `settings export` wrote; - is standard input")
    made.add_argument("--dry-run", action="store_true", help="only tell what would be added and changed")
    made = leaf(("mail", "reconcile"), "compare mailboxes with the ledger of their mails", _mail_reconcile)
    made.add_argument("name", metavar="NAME", nargs="?", default="", help="a mailbox of the settings; default: all")
    made = leaf(("mail", "rescan"), "take in what a mailbox has and the ledger lacks", _mail_rescan)
    made.add_argument("name", metavar="NAME", help="a mailbox of the settings")
    made.add_argument("--since", type=_day, required=True, metavar="YYYY-MM-DD", help="received on that day or later")
    for command in COMMANDS:
        command.add(leaf(command.words, command.help, _administrative(command)))


def _route(arguments: Namespace) -> int:
    return route(load_settings(arguments.config), arguments.data, arguments.file)


def _config_check(arguments: Namespace) -> int:
    load_settings(arguments.config)
    print(f"{arguments.config or 'the default configuration'} can be used")
    return 0


def _db_upgrade(arguments: Namespace) -> int:
    here = build_runtime(load_settings(arguments.config), arguments.data)
    migrate.upgrade(here.database_url)
    with unit_of_work(create_core(here)) as session:
        build.ensure_organisation(session, clock.now())
    print(f"the database has schema {schema.head()}")
    return 0


def _doctor(arguments: Namespace) -> int:
    return doctor(load_settings(arguments.config), arguments.data)


def _verify(arguments: Namespace) -> int:
    settings = load_settings(arguments.config)
    return verify(settings, arguments.data, arguments.accepted, arguments.delivered, quick=arguments.quick)


def _backup(arguments: Namespace) -> int:
    return backup(load_settings(arguments.config), arguments.data, arguments.file)


def _restore(arguments: Namespace) -> int:
    return restore(load_settings(arguments.config), arguments.data, arguments.file)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day: write 2026-05-31") from error


def _mail_reconcile(arguments: Namespace) -> int:
    settings = load_settings(arguments.config)
    return reconcile(existing_app(settings, arguments.data), settings, arguments.name)


def _mail_rescan(arguments: Namespace) -> int:
    settings = load_settings(arguments.config)
    return rescan(existing_app(settings, arguments.data), settings, arguments.name, arguments.since)


def _settings_export(arguments: Namespace) -> int:
    return export_settings(load_settings(arguments.config), arguments.data, arguments.to)


def _settings_import(arguments: Namespace) -> int:
    settings = load_settings(arguments.config)
    return import_settings(settings, arguments.data, arguments.file, dry_run=arguments.dry_run)


def _administrative(command: Command) -> Run:
    def run(arguments: Namespace) -> int:
        app = existing_app(load_settings(arguments.config), arguments.data)
        command.prepare(arguments)
        with unit_of_work(app) as session, force_locale("en"):
            lines = command.run(session, arguments)
        print(*lines, sep="\n", end="\n" if lines else "")
        return 0

    return run
