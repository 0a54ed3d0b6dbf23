"""`contactcenter doctor`: looks at what a working installation needs, and says what to do about what is amiss."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from redis.exceptions import RedisError

from contactcenter import paths, schema
from contactcenter.app import create_app
from contactcenter.errors import StartError
from contactcenter.mailbox_settings import MailboxSettings
from contactcenter.queries import mail_cover
from contactcenter.runtime import Runtime, build_runtime
from contactcenter.services.mailbox_probe import probe
from contactcenter.settings import Settings
from workers.lock import serve_lock
from workers.ports import listen
from workers.process import existing_app, has_database, unit_of_work
from workers.queues import Queues

OURS = ("contactcenter", "channels", "routing", "workers")
DISTRIBUTION = "contactcenter"
MEBIBYTE = 1024 * 1024


class Amiss(Exception):
    """Something is not as it should be; the text says what to do."""


def doctor(settings: Settings, data: Path) -> int:
    """Print one line for each check; 1 when something is amiss, else 0."""
    well = True
    for name, line in _checks(settings, data):
        try:
            print(f"ok    {name}: {line()}")
        except (Amiss, StartError) as error:
            well = False
            print(f"wrong {name}: {error}")
    return 0 if well else 1


def _checks(settings: Settings, data: Path) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "packages", _packages
    yield "config", lambda: "can be used"
    yield "database", lambda: _database(settings, data)
    if settings.redis_url:
        yield "redis", lambda: _redis(settings)
    yield "disk", lambda: _disk(build_runtime(settings, data))
    yield "port of the pages", lambda: _port(settings.web.bind, data, "web.bind")
    yield "port of the mail door", lambda: _port(settings.smtp.bind, data, "smtp.bind")
    yield "senders", lambda: _senders(settings, data)
    for box in settings.channels.mail.mailboxes:
        yield f"mailbox {box.name}", partial(_mailbox, box)
    yield "templates", lambda: _templates(build_runtime(settings, data))
    yield "browser files", _browser_files


def _packages() -> str:
    """A foreign package of the same name would be imported in place of ours, silently."""
    home = paths.PACKAGE.parent
    owners = importlib.metadata.packages_distributions()
    for name in OURS:
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec else []
        if not places or Path(places[0]).resolve().parent != home:
            raise Amiss(f"`{name}` is {places[0] if places else 'missing'}, not ours: use a virtual environment alone")
        foreign = sorted(set(owners.get(name, [])) - {DISTRIBUTION})
        if foreign:
            raise Amiss(f"`{name}` is also installed by {', '.join(foreign)}: uninstall it, and reinstall this program")
    return f"all four are in {home}"


def _database(settings: Settings, data: Path) -> str:
    if not has_database(settings, data):
        raise Amiss(f"there is none in {data} yet: run `contactcenter db upgrade --data {data}`")
    schema.check(settings.database_url or f"sqlite:///{(data / 'contactcenter.db').resolve()}")
    return f"schema {schema.head()}"


def _redis(settings: Settings) -> str:
    try:
        crowded = Queues(settings.redis_url).is_crowded()
    except RedisError as error:
        raise Amiss(f"it does not answer ({type(error).__name__}); relay does the work alone meanwhile") from error
    if crowded:
        raise Amiss("nobody takes what lies in it: start `contactcenter worker`")
    return "answers"


def _disk(here: Runtime) -> str:
    free, least = here.blobs.free(), here.settings.limits.free_disk_bytes
    if free < least:
        raise Amiss(f"{free // MEBIBYTE} MiB are free and mail is refused below {least // MEBIBYTE}: make room")
    return f"{free // MEBIBYTE} MiB are free"


def _port(bind: str, data: Path, setting: str) -> str:
    try:
        listen(bind, setting).close()
    except StartError:
        if _is_serving(data):
            return f"{bind} is in use, and so is {data}: by the running service"
        raise
    return f"{bind} is free"


def _senders(settings: Settings, data: Path) -> str:
    """Offices and groups answer from addresses of their own: the key must be of their domain, and replies come in."""
    if not has_database(settings, data):
        raise Amiss("there is no database to read the addresses of offices and groups from")
    mail = settings.channels.mail
    with unit_of_work(existing_app(settings, data), read_only=True) as session:
        gaps = list(mail_cover.gaps(session, mail))
    key = mail_cover.key_domain(mail)
    forged = ", ".join(f"{gap.address} ({gap.owner})" for gap in gaps if not gap.signed)
    lost = ", ".join(f"{gap.address} ({gap.owner})" for gap in gaps if not gap.taken)
    wrong = [
        *([f"mail from {forged} is signed for {key}, so that it may be taken for forged"] if forged else []),
        *([f"replies to {lost} do not reach us: it is in none of `channels.mail.domains`"] if lost else []),
    ]
    if wrong:
        raise Amiss("; ".join(wrong))
    return f"answers are signed for {key}" if key else "answers are not signed here, see `channels.mail.dkim`"


def _mailbox(box: MailboxSettings) -> str:
    seen = probe(box)
    if seen.error:
        raise Amiss(seen.error)
    return f"{seen.exists} mails in {box.folder}, {'tells' if 'IDLE' in seen.abilities else 'is asked'} of new ones"


def _is_serving(data: Path) -> bool:
    if not (data / "serve.lock").exists():
        return False
    try:
        with serve_lock(data):
            return False
    except StartError:
        return True


def _templates(here: Runtime) -> str:
    app = create_app(here)
    broken = []
    names = app.jinja_env.list_templates(extensions=["html", "txt"])
    for name in names:
        try:
            app.jinja_env.get_template(name)
        except Exception as error:
            broken.append(f"{name}: {error}")
    if broken:
        raise Amiss("; ".join(broken))
    return f"{len(names)} can be used"


def _browser_files() -> str:
    manifest = paths.STATIC / "dist" / "manifest.json"
    if not manifest.exists():
        raise Amiss(f"{manifest} is missing: run `make setup`, or reinstall the package")
    return str(manifest.parent)
