"""The key that answers are signed with is tried when a process starts, not when the first answer leaves."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from channels.email.smarthost import Smarthost
from contactcenter.errors import StartError
from contactcenter.runtime import Runtime, build_runtime
from contactcenter.settings import load
from workers.outgoing import sender_for


def runtime_with(folder: Path, key: str) -> Runtime:
    pem = folder / "dkim.pem"
    pem.write_text(key)
    config = folder / "config.toml"
    config.write_text(
        '[channels.mail.smarthost]\nhost = "127.0.0.1"\n'
        f'[channels.mail.dkim]\nselector = "cc"\nkey = {{ file = "{pem}" }}\n'
    )
    return build_runtime(load(config), folder / "var")


def test_a_key_is_used_for_the_domain_of_our_address(tmp_path: Path) -> None:
    made = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout
    here = runtime_with(tmp_path, made)
    sender = sender_for(here)
    assert isinstance(sender, Smarthost)
    key = sender._options.key
    assert key is not None
    assert (key.domain, key.selector) == ("ekhamra.example", "cc")
    mail = replace(here.settings.channels.mail, dkim=replace(here.settings.channels.mail.dkim, domain="kommun.example"))
    settings = replace(here.settings, channels=replace(here.settings.channels, mail=mail))
    other = sender_for(replace(here, settings=settings))
    assert isinstance(other, Smarthost)
    assert other._options.key is not None
    assert other._options.key.domain == "kommun.example"


def test_a_key_that_cannot_be_used_stops_the_start_and_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"`channels\.mail\.dkim`: .*private RSA key") as told:
        sender_for(runtime_with(tmp_path, "hemligheten"))
    assert "hemligheten" not in str(told.value)
