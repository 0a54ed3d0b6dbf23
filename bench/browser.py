"""A signed-in agent's browser, as far as a measurement needs one: pages, and forms as the page's script sends them."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from contactcenter.services import demo_data

LOGIN = "ingrid@ekhamra.example"
_TOKEN = re.compile(r'name="csrf" content="([^"]+)"')


class Browser:
    """One keep-alive connection, signed in; made anew when the other side has closed an idle one."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self._cookies: dict[str, str] = {}
        form = {"login": LOGIN, "password": demo_data.PASSWORD, "csrf": csrf(self.get("/logga-in"))}
        self._ask("POST", "/logga-in", urlencode(form), {})

    def get(self, path: str) -> str:
        """The page at `path`; anything but 200 ends the measurement."""
        return self._page("GET", path, None, {})

    def post(self, path: str, form: Mapping[str, object], token: str) -> str:
        """What the page's script is answered when it sends `form`; anything but 200 ends the measurement."""
        return self._page("POST", path, urlencode(form), {"HX-Request": "true", "X-CSRF": token})

    def cookie_header(self) -> str:
        """The cookies of this browser, for another client."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _page(self, method: str, path: str, form: str | None, more: dict[str, str]) -> str:
        status, text = self._ask(method, path, form, more)
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return text

    def _ask(self, method: str, path: str, form: str | None, more: dict[str, str]) -> tuple[int, str]:
        headers = {"Cookie": self.cookie_header(), **more}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = self._once(method, path, form, headers)
        except http.client.RemoteDisconnected:
            answer = self._once(method, path, form, headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            self._cookies[name] = rest.partition(";")[0]
        return answer.status, answer.read().decode()

    def _once(self, method: str, path: str, form: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        self._connection.request(method, path, form, headers)
        return self._connection.getresponse()


def csrf(page: str) -> str:
    """The token that a page's forms carry."""
    found = _TOKEN.search(page)
    assert found is not None
    return found.group(1)
