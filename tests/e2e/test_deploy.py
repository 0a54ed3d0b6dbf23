"""The files of deploy/ are true: nginx and systemd take them, and the settings of the containers can be used."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from contactcenter.settings import load
from tests.proxy import DEPLOY, NEEDED, NGINX
from workers.cli import ROLES


@NEEDED
def test_the_site_with_tls_is_one_that_nginx_takes(tmp_path: Path) -> None:
    assert NGINX is not None
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kontakt.kommun.example"]
    keys = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([*words, *keys], check=True, capture_output=True)
    site = (DEPLOY / "nginx.conf").read_text().replace("/etc/ssl/contactcenter", str(tmp_path))
    upstreams = (DEPLOY / "nginx-upstreams.conf").read_text()
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{upstreams}\n{site}}}\n")
    checked = subprocess.run([NGINX, "-e", "stderr", "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert "syntax is ok" in checked.stderr, checked.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze on this machine")
def test_the_units_are_ones_that_systemd_takes(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/contactcenter/bin/contactcenter", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    names = [str(path).replace("@.", "@8080.") for path in tmp_path.iterdir()]
    checked = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    assert "contactcenter" not in checked.stderr, checked.stderr


def test_the_settings_of_the_containers_can_be_used() -> None:
    assert load(DEPLOY / "contactcenter.toml").redis_url


def test_every_process_has_a_unit_and_a_container() -> None:
    services = (DEPLOY / "compose.yaml").read_text()
    units = "".join(path.read_text() for path in (DEPLOY / "systemd").iterdir())
    for role in ("db upgrade", *ROLES):
        quoted = ", ".join(f'"{word}"' for word in role.split())
        assert f"command: [{quoted}, " in services
        assert f"/contactcenter {role} " in units
