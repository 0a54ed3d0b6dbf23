"""The one command, `contactcenter`: the processes here, everything else in `workers.commands`.

A process that runs for weeks imports its own module and no other: sixty megabytes and a second that each would pay for
pages, commands and libraries of its neighbours.
"""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NoReturn

from sqlalchemy.exc import DBAPIError

from contactcenter import __version__, logs
from contactcenter.errors import ServiceError, SettingsError, StartError
from workers.process import DEFAULT_DATA, load_settings

FAILED = 2

Run = Callable[[Namespace], int]
Leaf = Callable[[tuple[str, ...], str, Run], ArgumentParser]
ROLES = {
    "web": ("run the pages alone", "workers.web_daemon:pages"),
    "live": ("run the live updates alone", "workers.live_daemon:live"),
    "smtp": ("run the mail door alone", "workers.smtp_daemon:receive"),
    "imap": ("read the mailboxes of other servers", "workers.imap_daemon:imap"),
    "relay": ("see to all that arrived and was promised", "workers.relay_daemon:relay"),
    "timer": ("let timers go off at their moment", "workers.timer_daemon:timer"),
    "worker": ("do what relay hands over by way of Redis", "workers.worker_daemon:work"),
}
SERVE = "workers.serve:serve"
COMMANDS = "workers.commands:declare"


def main(words: Sequence[str] | None = None) -> int:
    """Run one command. 0: done; 1: done, and something is wrong with the input; 2: not done, told in one line each."""
    typed = list(sys.argv[1:] if words is None else words)
    arguments = parser(all_of_it=typed[:1] not in ([name] for name in ("serve", *ROLES))).parse_args(typed)
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


def parser(*, all_of_it: bool = True) -> ArgumentParser:
    """What can be typed after `contactcenter`; the processes alone unless `all_of_it`."""
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

    _declare_processes(leaf)
    if all_of_it:
        resolve_name(COMMANDS)(leaf)
    return whole


def _declare_processes(leaf: Leaf) -> None:
    made = leaf(("serve",), "run everything: pages, mail door, delivery", _serve)
    made.add_argument("--web", default="", metavar="HOST:PORT", help="where the pages are; port 0 picks a free one")
    made.add_argument("--smtp", default="", metavar="HOST:PORT", help="where mail comes in; port 0 picks a free one")
    made.add_argument("--demo", action="store_true", help="fill an empty data folder with an example municipality")
    for name, (text, target) in ROLES.items():
        made = leaf((name,), f"{text}, beside others on one PostgreSQL", _role(target))
        for option in ("web", "live", "smtp"):
            where = "where it listens; port 0 picks a free one" if name == option else SUPPRESS
            made.add_argument(f"--{option}", default="", metavar="HOST:PORT", help=where)


def _serve(arguments: Namespace) -> int:
    settings = load_settings(arguments.config, web=arguments.web, smtp=arguments.smtp)
    logs.install(settings.log.format, settings.log.level)
    return _end_now(resolve_name(SERVE)(settings, arguments.data, demo=arguments.demo))


def _role(target: str) -> Run:
    def start(arguments: Namespace) -> int:
        settings = load_settings(arguments.config, web=arguments.web, live=arguments.live, smtp=arguments.smtp)
        logs.install(settings.log.format, settings.log.level)
        return _end_now(resolve_name(target)(settings, arguments.data))

    return start


def _end_now(code: int) -> NoReturn:
    """All is stored and closed; a thread that still talks to a slow mail server must not keep the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
