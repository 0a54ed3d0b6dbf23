"""Settings: one TOML file into frozen values. Strict, and every mistake is told at once.

`config.example.toml` explains every key. Secrets may be written `{ env = "NAME" }` or `{ file = "/path" }`. This is the
only file that reads the environment.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import tomllib
import typing
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contactcenter import mailbox_settings
from contactcenter.errors import SettingsError, meant
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.secret import Secret as Secret

MEBIBYTE = 1024 * 1024
MAX_PORT = 65535
MAY_BE_NONE = {"undo_seconds", "per_address_a_day", "per_domain_an_hour", "alike_an_hour", "an_hour"}
LOG_FORMATS = ("console", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Instance:
    """Who we are: names, language and time zone, and the prefix of ticket numbers on screen."""

    municipality: str = "Ekhamra kommun"
    short_name: str = "Ekhamra"
    locale: str = "sv"
    timezone: str = "Europe/Stockholm"
    ticket_prefix: str = "KC"


@dataclass(frozen=True, slots=True)
class Web:
    """The pages: where to listen, the address people use, and how long a session lives (minutes)."""

    bind: str = "127.0.0.1:8080"
    public_url: str = ""
    session_idle_minutes: int = 60
    session_max_minutes: int = 720
    threads: int = 16


@dataclass(frozen=True, slots=True)
class Live:
    """Where `contactcenter live` listens, when live updates have a process of their own."""

    bind: str = "127.0.0.1:8081"


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail door. Sizes in bytes, times in seconds; TLS is offered when a certificate is given.

    `protocol` is smtp, or lmtp for a mail server of our own before us (RFC 2033). Load balancers of `proxy_from`
    (addresses or networks) tell the sender's address by the PROXY protocol.
    """

    bind: str = "127.0.0.1:8025"
    protocol: str = "smtp"
    proxy_from: tuple[str, ...] = ()
    hostname: str = "localhost"
    max_bytes: int = 50 * MEBIBYTE
    max_recipients: int = 100
    max_connections: int = 200
    max_connections_per_ip: int = 20
    idle_seconds: int = 300
    tls_certificate: str = ""
    tls_key: str = ""


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The server that takes our outgoing mail. Empty host: it goes to the maildir `DIR/outgoing/` and nowhere else."""

    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    timeout_seconds: int = 60


@dataclass(frozen=True, slots=True)
class Dkim:
    """What answers are signed with (RFC 6376): a private RSA key, whose public half is in the DNS of `domain` (empty:
    that of our address) below `selector`. Without a key nothing is signed here.
    """

    key: Secret = field(default_factory=lambda: Secret(""))
    selector: str = "contactcenter"
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """How many acknowledgements leave by themselves at most: to one address a day, and an hour to one domain, to
    senders in one domain who write alike, and altogether. 0 of any: none. Mail older than `newest_days` is not told.
    """

    per_address_a_day: int = 1
    per_domain_an_hour: int = 60
    alike_an_hour: int = 2
    an_hour: int = 1000
    newest_days: int = 3


@dataclass(frozen=True, slots=True)
class Mail:
    """E-mail: the domains that are ours, the address answers come from, the time in which sending can be undone, and
    the mailboxes that are read.

    `return_path` is what other servers report to: `signed`, an address made for each answer, or `plain`.
    """

    domains: tuple[str, ...] = ("ekhamra.example",)
    address: str = "kontakt@ekhamra.example"
    undo_seconds: int = 10
    return_path: str = "signed"
    dkim: Dkim = field(default_factory=Dkim)
    acknowledgements: Acknowledgements = field(default_factory=Acknowledgements)
    smarthost: Smarthost = field(default_factory=Smarthost)
    mailboxes: tuple[MailboxSettings, ...] = ()

    @property
    def signs(self) -> bool:
        """Whether each answer has a return path of its own."""
        return self.return_path == "signed"


@dataclass(frozen=True, slots=True)
class Channels:
    """The configured doors."""

    mail: Mail = field(default_factory=Mail)


@dataclass(frozen=True, slots=True)
class Reading:
    """Bounds on reading one message in a child process: seconds, MiB, and messages before a child is renewed."""

    children: int = 2
    seconds: int = 5
    memory_mebibytes: int = 300
    recycle_after: int = 2000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what people may send in: one file and all files of one answer, and the disk that must stay free."""

    attachment_bytes: int = 20 * MEBIBYTE
    reply_bytes: int = 25 * MEBIBYTE
    free_disk_bytes: int = 200 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class Log:
    """What the processes say on standard error: to people (`console`) or machines (`json`), and from which level on."""

    format: str = "console"
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures for Prometheus at `/metrics`, for whoever sends the token. Empty: there is no such page."""

    token: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Calls to other programs: seconds for one call, and networks inside that may be called all the same."""

    timeout_seconds: int = 10
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured. The defaults are the embedded default: no servers, nothing leaves."""

    database_url: str = ""
    redis_url: Secret = field(default_factory=lambda: Secret(""))
    blobs_url: str = ""
    instance: Instance = field(default_factory=Instance)
    web: Web = field(default_factory=Web)
    live: Live = field(default_factory=Live)
    smtp: Smtp = field(default_factory=Smtp)
    channels: Channels = field(default_factory=Channels)
    reading: Reading = field(default_factory=Reading)
    limits: Limits = field(default_factory=Limits)
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)
    webhooks: Webhooks = field(default_factory=Webhooks)


def load(path: Path | None) -> Settings:
    """Read `path` (None: all defaults).

    Raises:
        SettingsError: the file is missing, is not TOML, or has mistakes; every one is listed with its key.
    """
    if path is None:
        return Settings()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read ({error.strerror})"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: is not valid TOML: {error}"]) from error
    problems: list[str] = []
    settings = _read(Settings, table, "", problems)
    problems.extend(_check(settings))
    if problems:
        raise SettingsError([f"{path}: {problem}" for problem in problems])
    return settings


def environment(name: str, default: str = "") -> str:
    """A variable of the environment; the only door to it."""
    return os.environ.get(name, default)


def _read(kind: type[T], table: dict[str, Any], at: str, problems: list[str]) -> T:
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{at}{key}"
        if key not in hints:
            problems.append(f"unknown key `{name}`{_did_you_mean(key, hints)}")
            continue
        values[key] = _value(hints[key], value, name, problems)
    return kind(**{key: value for key, value in values.items() if value is not None})


def _did_you_mean(key: str, known: Collection[str]) -> str:
    close = meant(key, known)
    return f", did you mean `{close}`?" if close else ""


def _value(kind: Any, value: Any, name: str, problems: list[str]) -> Any:
    if dataclasses.is_dataclass(kind):
        if isinstance(value, dict):
            return _read(typing.cast(type, kind), value, f"{name}.", problems)
        problems.append(f"`{name}` must be a table")
    elif kind is Secret:
        return _secret(value, name, problems)
    elif _is_table_list(kind):
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            inner = typing.get_args(kind)[0]
            return tuple(_read(inner, item, f"{name}[{place}].", problems) for place, item in enumerate(value, 1))
        problems.append(f"`{name}` must be tables, each under [[{name}]]")
    elif kind is str or kind is int:
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        problems.append(f"`{name}` must be {'a text' if kind is str else 'a whole number'}, not {value!r}")
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    else:
        problems.append(f"`{name}` must be a list of texts")
    return None


def _is_table_list(kind: Any) -> bool:
    return any(dataclasses.is_dataclass(inner) for inner in typing.get_args(kind))


def _secret(value: Any, name: str, problems: list[str]) -> Secret | None:
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, dict) and len(value) == 1:
        where, what = next(iter(value.items()))
        if where == "env" and isinstance(what, str):
            if what in os.environ:
                return Secret(os.environ[what])
            problems.append(f"`{name}` names the environment variable {what}, which is not set")
            return None
        if where == "file" and isinstance(what, str):
            try:
                return Secret(Path(what).read_text(encoding="utf-8").strip())
            except OSError as error:
                problems.append(f"`{name}` names the file {what}, which cannot be read ({error.strerror})")
                return None
            except ValueError:
                problems.append(f"`{name}` names the file {what}, which cannot be read (it is not UTF-8 text)")
                return None
    problems.append(f'`{name}` must be a text, {{ env = "NAME" }} or {{ file = "/path" }}')
    return None


def unix_path(bind: str) -> str:
    """The path of `unix:/path`, empty when `bind` is host:port."""
    return bind.removeprefix("unix:") if bind.startswith("unix:/") else ""


def split_bind(bind: str) -> tuple[str, int]:
    """`host:port` as a pair.

    Raises:
        ValueError: it is not of that form, or the port is outside 0–65535.
    """
    host, colon, port = bind.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > MAX_PORT:
        raise ValueError(f"`{bind}` must be host:port, for example 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def check_bind(bind: str) -> None:
    """Raises ValueError: `bind` is neither host:port nor unix:/path."""
    if not unix_path(bind):
        split_bind(bind)


def _check(settings: Settings) -> list[str]:
    problems: list[str] = []
    for name, bind in (
        ("web.bind", settings.web.bind),
        ("live.bind", settings.live.bind),
        ("smtp.bind", settings.smtp.bind),
    ):
        try:
            check_bind(bind)
        except ValueError as error:
            problems.append(f"`{name}`: {error}")
    if settings.channels.mail.return_path not in ("signed", "plain"):
        problems.append(
            f"`channels.mail.return_path` must be signed or plain, not {settings.channels.mail.return_path!r}"
        )
    if settings.smtp.protocol not in ("smtp", "lmtp"):
        problems.append(f"`smtp.protocol` must be smtp or lmtp, not {settings.smtp.protocol!r}")
    for network in settings.smtp.proxy_from:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            problems.append(f"`smtp.proxy_from`: {network!r} is no address or network (192.0.2.7, fd00::/8)")
    if settings.redis_url and not settings.redis_url.reveal().startswith(("redis://", "rediss://", "unix:///")):
        problems.append("`redis_url` must begin with redis://, rediss:// or unix:///")
    try:
        ZoneInfo(settings.instance.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the name of a folder of zones is an OSError
        problems.append(f"`instance.timezone`: there is no time zone {settings.instance.timezone!r}")
    if settings.instance.locale not in ("sv", "en"):
        problems.append("`instance.locale` must be sv or en")
    if settings.log.format not in LOG_FORMATS:
        problems.append(f"`log.format` must be {' or '.join(LOG_FORMATS)}, not {settings.log.format!r}")
    if settings.log.level not in LOG_LEVELS:
        problems.append(f"`log.level` must be one of {', '.join(LOG_LEVELS)}, not {settings.log.level!r}")
    if settings.channels.mail.smarthost.tls not in ("none", "starttls", "implicit"):
        problems.append("`channels.mail.smarthost.tls` must be none, starttls or implicit")
    if settings.web.public_url and not settings.web.public_url.startswith(("https://", "http://")):
        problems.append(f"`web.public_url` must begin with https:// or http://, not {settings.web.public_url!r}")
    if settings.blobs_url and not settings.blobs_url.startswith("file:"):
        problems.append(f"`blobs_url` must be a folder, file:/path, not {settings.blobs_url!r}")
    mail = settings.channels.mail
    if mail.smarthost.port > MAX_PORT:
        problems.append(f"`channels.mail.smarthost.port` must be at most {MAX_PORT}, not {mail.smarthost.port}")
    if mail.address.rpartition("@")[2] not in mail.domains:
        problems.append(f"`channels.mail.address` {mail.address} is not in one of `channels.mail.domains`")
    if bool(settings.smtp.tls_certificate) != bool(settings.smtp.tls_key):
        problems.append("`smtp.tls_certificate` and `smtp.tls_key` must be given together")
    for network in settings.webhooks.inside:
        try:
            ip_network(network)
        except ValueError as error:
            problems.append(f"`webhooks.inside`: {error}")
    problems.extend(mailbox_settings.check(settings.channels.mail.mailboxes, settings.channels.mail.domains))
    problems.extend(_positive(settings))
    return problems


def _positive(table: Any, at: str = "") -> list[str]:
    problems: list[str] = []
    for item in dataclasses.fields(table):
        value = getattr(table, item.name)
        if dataclasses.is_dataclass(value):
            problems.extend(_positive(value, f"{at}{item.name}."))
        elif isinstance(value, tuple):
            for place, one in enumerate(value, 1):
                problems.extend(_positive(one, f"{at}{item.name}[{place}].") if dataclasses.is_dataclass(one) else ())
        elif isinstance(value, int) and value < (0 if item.name in MAY_BE_NONE else 1):
            problems.append(f"`{at}{item.name}` must be above zero, not {value}")
    return problems
