"""Rules for every test: nothing leaves the machine, and where all is required nothing is skipped."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from werkzeug.routing.rules import Rule
from xdist.remote import Producer

from tests.sharing import BySharing


def is_local(family: int, address: Any) -> bool:
    """Whether a socket address stays on this machine: a Unix socket, `localhost` or a loopback number."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return bool(host == "localhost")


def guarded(real: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    """Wrap a connecting method of `socket.socket` so that it refuses every other machine."""

    def connect(self: socket.socket, address: Any) -> Any:
        if not is_local(self.family, address):
            raise PermissionError(f"a test tried to reach {address!r}; tests talk to this machine alone")
        return real(self, address)

    return connect


@pytest.fixture(autouse=True, scope="session")
def only_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        yield


@pytest.fixture(autouse=True, scope="session")
def routes_are_compiled_once() -> Iterator[None]:
    """Most tests make an application of their own, and a third of their time went to compiling the same addresses."""
    compiled: dict[tuple[object, ...], Any] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, rule.subdomain, rule.host, append_unknown, str(rule.defaults), str(rule._trace))
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing:
    """With several workers, tests that share processes stay together."""
    return BySharing(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With REQUIRE_ALL set, as the build server does, a skipped test is a failed one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL is set: {report.longrepr}"
    return report
