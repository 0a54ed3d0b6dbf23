"""The files of deploy/ are true: nginx and systemd take them, and the settings of the containers can be used."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from contactcenter.settings import load
from tests.house.sources import ROOT
from tests.proxy import DEPLOY, NEEDED, NGINX
from workers.cli import ROLES, parser

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "contactcenter"}
SETTINGS = tomllib.loads((DEPLOY / "contactcenter.toml").read_text())
PASSWORD = "PGPASSWORD"
PUBLISHED = {"smtp": ["25:8025"], "proxy": ["80:80", "443:443"]}
"""All that anybody outside reaches, as docs/operations.md says."""


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
    units = "".join(path.read_text() for path in (DEPLOY / "systemd").iterdir())
    for role in ("db upgrade", *ROLES):
        assert f"/contactcenter {role} " in units
    commands = [" ".join(service["command"]).partition(" --")[0] for service in OURS.values()]
    assert sorted(commands) == sorted(("db upgrade", *ROLES))


@pytest.mark.parametrize("words", [service["command"] for service in OURS.values()], ids=list(OURS))
def test_every_command_of_the_containers_is_one_of_ours(words: list[str]) -> None:
    arguments = parser().parse_args(words)
    _is_where_it_is_mounted(arguments.config, arguments.data)


def test_every_command_of_the_units_is_one_of_ours() -> None:
    units = [path.read_text() for path in (DEPLOY / "systemd").iterdir() if path.suffix == ".service"]
    commands = [
        found
        for unit in units
        for found in re.findall(r"^ExecStart=/opt/contactcenter/bin/contactcenter (.+)", unit, re.M)
    ]
    assert len(commands) == len(units) == len(ROLES) + 1
    for command in commands:
        arguments = parser().parse_args(command.replace("%i", "8080").split())
        assert (str(arguments.config), str(arguments.data)) == ("/etc/contactcenter.toml", "/srv/contactcenter")


def _is_where_it_is_mounted(config: Path, data: Path) -> None:
    mounted = {mount.split(":")[1] for mount in OURS["web"]["volumes"]}
    assert {str(config), str(data)} == mounted


def test_every_file_that_is_mounted_is_there() -> None:
    volumes = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["volumes"]
    made_by_hand = {"./certificate"}  # named in the head of compose.yaml
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source, _, target = mount.partition(":")
            assert source in volumes or source in made_by_hand or (DEPLOY / source).is_file(), name
            assert target.startswith("/")
    head = (DEPLOY / "compose.yaml").read_text().partition("\nx-process")[0]
    assert all(name.removeprefix("./") in head for name in made_by_hand)
    built = OURS["upgrade"]["build"]
    assert (DEPLOY / built["context"] / built["dockerfile"]).resolve() == (DEPLOY / "Containerfile").resolve()
    for used in re.findall(r"requirements[-a-z]*\.txt", (DEPLOY / "Containerfile").read_text()):
        assert (ROOT / used).is_file()


def test_the_containers_are_given_what_somebody_reads() -> None:
    """Our settings come from the one file; the rest of the environment is read by libpq and by PostgreSQL's image."""
    for name, service in OURS.items():
        assert set(service["environment"]) == {PASSWORD}, name
        assert set(service["depends_on"]) <= set(SERVICES)
    assert set(SERVICES["postgres"]["environment"]) == {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
    database = SETTINGS["database_url"].removeprefix("postgresql+psycopg://")
    given = SERVICES["postgres"]["environment"]
    assert database == f"{given['POSTGRES_USER']}@postgres/{given['POSTGRES_DB']}"
    assert SETTINGS["redis_url"].startswith("redis://redis:")


def test_no_port_is_published_that_nobody_needs() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == PUBLISHED
    assert not [name for name, service in SERVICES.items() if {"network_mode", "privileged"} & service.keys()]
    assert SETTINGS["smtp"]["bind"].endswith(":8025")
    upstreams = (DEPLOY / "nginx-upstreams-compose.conf").read_text()
    for role in ("web", "live"):
        port = SETTINGS[role]["bind"].rpartition(":")[2]
        assert re.findall(rf"server {role}:(\d+)", upstreams) == [port]
    documented = (ROOT / "docs" / "operations.md").read_text()
    assert "publishes 25, 80 and 443" in documented
