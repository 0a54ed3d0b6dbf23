"""nginx in front of the pages and the live updates, from the files of deploy/."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.running import wait_until

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


NEEDED = pytest.mark.skipif(NGINX is None, reason="there is no nginx on this machine")


def plain(folder: Path, port: int, pages: list[str], live: str) -> Path:
    """The same site by plain HTTP on the loopback address, with the processes where they are, as a whole nginx.conf."""
    site = (DEPLOY / "nginx.conf").read_text()
    site = re.sub(r"server \{\s+listen 80;.*?\n\}\n", "", site, count=1, flags=re.DOTALL)
    site = re.sub(r"\n\s+ssl_[^;]+;", "", site)
    site = site.replace("listen [::]:443 ssl;", "").replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    upstreams = (DEPLOY / "nginx-upstreams.conf").read_text()
    for known, ours in zip(("127.0.0.1:8080", "127.0.0.1:8082", "127.0.0.1:8081"), (*pages, live), strict=True):
        assert upstreams.count(known) == 1
        upstreams = upstreams.replace(known, ours)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    made = folder / "nginx.conf"
    made.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{upstreams}\n{site}}}\n"
    )
    return made


def _is_there(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def proxy(configuration: Path, port: int) -> Iterator[str]:
    """nginx in front, for as long as the block runs."""
    assert NGINX is not None
    words = [NGINX, "-e", "stderr", "-p", str(configuration.parent), "-c", str(configuration)]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _is_there(port))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
