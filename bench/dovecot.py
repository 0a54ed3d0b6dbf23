"""A real Dovecot of one's own on the loopback address, for measurements and tests: any user, one password.

Mail is put into its maildirs as a delivery program does. It is started as an unprivileged user, with nothing in /etc.
"""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "hemligt"
START_SECONDS = 20.0
_CONFIGURATION = """
base_dir={home}/run
state_dir={home}/state
log_path={home}/log
protocols=imap lmtp
listen=127.0.0.1
default_internal_user={user}
default_login_user={user}
default_internal_group={group}
first_valid_uid=1
mail_uid={user}
mail_gid={group}
ssl=yes
ssl_cert=<{home}/certificate.pem
ssl_key=<{home}/key.pem
disable_plaintext_auth=no
mail_location=maildir:{home}/mail/%u
mail_fsync=never
mail_max_userip_connections=50
passdb {{
  driver=static
  args=password={password}
}}
userdb {{
  driver=static
  args=uid={user} gid={group} home={home}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox=yes
  separator=/
}}
service anvil {{
  chroot=
}}
service stats {{
  chroot=
}}
service imap-login {{
  chroot=
  inet_listener imap {{
    port={port}
  }}
  inet_listener imaps {{
    port={tls}
  }}
}}
service lmtp {{
  user={user}
  inet_listener lmtp {{
    address=127.0.0.1
    port={lmtp}
  }}
}}
"""


@dataclass
class Dovecot:
    """A running server: the ports of IMAP (without TLS at first, and with it) and LMTP, and its maildirs."""

    home: Path
    user: str
    port: int
    tls: int
    lmtp: int
    process: subprocess.Popen[bytes]

    @property
    def certificate(self) -> Path:
        """What proves that it is 127.0.0.1, to whoever trusts this file."""
        return self.home / "certificate.pem"

    def put(self, user: str, mails: Iterable[bytes]) -> None:
        """Let mails arrive in the inbox of `user`, in order, as they are."""
        inbox = self.home / "mail" / user
        for part in ("cur", "new", "tmp"):
            (inbox / part).mkdir(parents=True, exist_ok=True)
        began = time.time()
        for place, mail in enumerate(mails):
            name = f"{began + place / 1000:.6f}.M{place}P{os.getpid()}.mail"
            draft = inbox / "tmp" / name
            draft.write_bytes(mail)
            self._give(draft)
            draft.rename(inbox / "new" / name)
        for folder in (self.home / "mail", inbox, *(inbox / part for part in ("cur", "new", "tmp"))):
            self._give(folder)

    def mails(self, user: str, folder: str = "") -> list[bytes]:
        """What is in a folder of `user` now: the inbox, or the one with that name."""
        place = self.home / "mail" / user / (f".{folder}" if folder else "")
        found = []
        for path in (path for part in ("cur", "new") for path in (place / part).glob("*")):
            with suppress(FileNotFoundError):  # it is being moved
                found.append(path.read_bytes())
        return found

    def flags(self, user: str) -> set[str]:
        """The flags that any mail in the inbox has, as maildir writes them."""
        return set("".join(path.name.partition(":2,")[2] for path in (self.home / "mail" / user / "cur").glob("*")))

    def forget(self, user: str) -> None:
        """Lose the index: all mails get new UIDs, and the folder another UIDVALIDITY."""
        for path in (self.home / "mail" / user).glob("dovecot*"):
            path.unlink()

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(self.user)
            os.chown(path, owner.pw_uid, owner.pw_gid)


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """One that answers, until the block ends."""
    assert PROGRAM is not None
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    owner = pwd.getpwnam(user)
    home = Path(tempfile.mkdtemp(prefix="contactcenter-dovecot-"))
    home.chmod(0o755)
    try:
        port, tls, lmtp = _free_port(), _free_port(), _free_port()
        _certify(home)
        group = subprocess.run(["id", "-gn", user], capture_output=True, text=True, check=True).stdout.strip()
        settings = home / "dovecot.conf"
        settings.write_text(
            _CONFIGURATION.format(home=home, user=user, group=group, port=port, tls=tls, lmtp=lmtp, password=PASSWORD)
        )
        made = Dovecot(home, user, port, tls, lmtp, _started(settings, user, owner))
        try:
            _answers(made)
            yield made
        finally:
            made.process.terminate()
            made.process.wait(10)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _certify(home: Path) -> None:
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*words, *files], cwd=home, check=True, capture_output=True)
    (home / "key.pem").chmod(0o644)


def _started(settings: Path, user: str, owner: pwd.struct_passwd) -> subprocess.Popen[bytes]:
    words = [str(PROGRAM), "-F", "-c", str(settings)]
    if os.geteuid() != 0:
        return subprocess.Popen(words, stdout=subprocess.DEVNULL)
    os.chown(settings.parent, owner.pw_uid, owner.pw_gid)
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, user=user, group=owner.pw_gid, extra_groups=[])


def _answers(made: Dovecot) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and made.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", made.port), timeout=5) as line:
            if line.recv(100).startswith(b"* OK"):
                return
        time.sleep(0.05)
    log = made.home / "log"
    raise RuntimeError(f"Dovecot does not answer: {log.read_text()[-2000:] if log.exists() else 'it said nothing'}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
