"""The one command, `contactcenter`: the processes, and the administrative commands of `contactcenter.cli`."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError

from contactcenter import __version__, clock, logs, schema
from contactcenter.app import create_app
from contactcenter.cli import COMMANDS, Command
from contactcenter.demo import build
from contactcenter.errors import ServiceError, SettingsError, StartError
from contactcenter.runtime import build_runtime
from contactcenter.settings import Settings
from workers.backup import backup
from workers.doctor import doctor
from workers.live_daemon import live
from workers.process import DEFAULT_DATA, existing_app, load_settings, unit_of_work
from workers.relay_daemon import relay
from workers.restore import restore
from workers.route import route
from workers.serve import serve
from workers.settings_file import export_settings, import_settings
from workers.smtp_daemon import receive
from workers.timer_daemon import timer
from workers.verify import verify
from workers.web_daemon import pages
from workers.worker_daemon import work

FAILED = 2

Run = Callable[[Namespace], int]
ROLES: dict[str, tuple[str, Callable[[Settings, Path], int]]] = {
    "web": ("run the pages alone", pages),
    "live": ("run the live updates alone", live),
    "smtp": ("run the mail door alone", receive),
    "relay": ("see to all that arrived and was promised", relay),
    "timer": ("let timers go off at their moment", timer),
    "worker": ("do what relay hands over by way of Redis", work),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. 0: done; 1: done, and something is wrong with the input; 2: not done, told in one line each."""
    arguments = parser().parse_args(words)
    logs.install()
    run: Run = arguments.run
    try:
        return run(arguments)
    except SettingsError as error:
        return _refuse(*error.problems)
    except StartError as error:
        return _refuse(str(error))
    except ServiceError as error:
        return _refuse(error.text or error.code)
    except DBAPIError as error:
        return _refuse(f"the database: {str(error.orig).strip().partition(chr(10))[0]}")
    except KeyboardInterrupt:
        return 130


def _refuse(*lines: str) -> int:
    for line in lines:
        print(f"contactcenter: {line}", file=sys.stderr)
    return FAILED


def parser() -> ArgumentParser:
    """What can be typed after `contactcenter`."""
    whole = ArgumentParser(prog="contactcenter", description="Open contact center for municipalities.")
    whole.add_argument("--version", action="version", version=__version__)
    top = whole.add_subparsers(required=True, metavar="COMMAND")
    groups: dict[str, Any] = {}

    def leaf(words: tuple[str, ...], text: str, run: Run) -> ArgumentParser:
        where = top
        if len(words) == 2:
            if words[0] not in groups:
                group = top.add_parser(words[0], help=f"`contactcenter {words[0]} --help`")
                groups[words[0]] = group.add_subparsers(required=True, metavar="COMMAND")
            where = groups[words[0]]
        made: ArgumentParser = where.add_parser(words[-1], help=text, description=text)
        made.add_argument("--data", type=Path, default=DEFAULT_DATA, metavar="DIR", help="default: ./%(default)s")
        made.add_argument("--config", type=Path, default=None, metavar="FILE", help="a TOML file; default: none")
        made.set_defaults(run=run)
        return made

    made = leaf(("serve",), "run everything: pages, mail door, delivery", _serve)
    made.add_argument("--web", default="", metavar="HOST:PORT", help="where the pages are; port 0 picks a free one")
    made.add_argument("--smtp", default="", metavar="HOST:PORT", help="where mail comes in; port 0 picks a free one")
    made.add_argument("--demo", action="store_true", help="fill an empty data folder with an example municipality")
    for name, (text, run) in ROLES.items():
        made = leaf((name,), f"{text}, beside others on one PostgreSQL", _role(run))
        for option in ("web", "live", "smtp"):
            where = "where it listens; port 0 picks a free one" if name == option else SUPPRESS
            made.add_argument(f"--{option}", default="", metavar="HOST:PORT", help=where)
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
    for command in COMMANDS:
        command.add(leaf(command.words, command.help, _administrative(command)))
    return whole


def _serve(arguments: Namespace) -> int:
    settings = load_settings(arguments.config, web=arguments.web, smtp=arguments.smtp)
    logs.install(settings.log.format, settings.log.level)
    return _end_now(serve(settings, arguments.data, demo=arguments.demo))


def _role(run: Callable[[Settings, Path], int]) -> Run:
    def start(arguments: Namespace) -> int:
        settings = load_settings(arguments.config, web=arguments.web, live=arguments.live, smtp=arguments.smtp)
        logs.install(settings.log.format, settings.log.level)
        return _end_now(run(settings, arguments.data))

    return start


def _end_now(code: int) -> NoReturn:
    """All is stored and closed; a thread that still talks to a slow mail server must not keep the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _route(arguments: Namespace) -> int:
    return route(load_settings(arguments.config), arguments.data, arguments.file)


def _config_check(arguments: Namespace) -> int:
    load_settings(arguments.config)
    print(f"{arguments.config or 'the default configuration'} can be used")
    return 0


def _db_upgrade(arguments: Namespace) -> int:
    here = build_runtime(load_settings(arguments.config), arguments.data)
    schema.upgrade(here.database_url)
    with unit_of_work(create_app(here)) as session:
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


if __name__ == "__main__":
    sys.exit(main())
