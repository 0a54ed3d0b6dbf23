"""What can go wrong in the service, each with a code, a status and a sentence that says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping

_MOST_COMPARED = 2_000
_LONGEST_COMPARED = 100


def meant(name: str, known: Collection[str]) -> str:
    """The known word that looks most like `name`, to ask “did you mean”; empty when none does."""
    close = difflib.get_close_matches(name[:_LONGEST_COMPARED], known, n=1) if len(known) <= _MOST_COMPARED else ()
    return close[0] if close else ""


class ServiceError(Exception):
    """Base: `text` is shown to people (already translated), `code` is for programs, `status` for HTTP."""

    code = "error"
    status = 500

    def __init__(self, text: str = "", **data: object) -> None:
        super().__init__(text or self.code)
        self.text = text
        self.data: Mapping[str, object] = data


class InvalidInput(ServiceError):
    """The input cannot be taken as it is; the text says which part and why."""

    code = "invalid_input"
    status = 422


class NotSignedIn(ServiceError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    status = 401


class NotAllowed(ServiceError):
    """The agent's role does not include this act. Never used to hide tickets: those are `NotFound`."""

    code = "not_allowed"
    status = 403


class NotFound(ServiceError):
    """There is no such thing, or the reader may not know that there is."""

    code = "not_found"
    status = 404


class Conflict(ServiceError):
    """Somebody was first: the thing has changed since it was read."""

    code = "conflict"
    status = 409


class Risky(ServiceError):
    """It can be done, by somebody who says that they are sure; `data["risks"]` names what speaks against it."""

    code = "risky"
    status = 409


class TooLarge(ServiceError):
    """More bytes than the limit named in the text."""

    code = "too_large"
    status = 413


class TooMany(ServiceError):
    """Too many attempts; `data["retry_after"]` is in seconds."""

    code = "too_many"
    status = 429


class Busy(ServiceError):
    """What is needed is being made ready by somebody else; `data["retry_after"]` is in seconds."""

    code = "busy"
    status = 503


class SettingsError(Exception):
    """The configuration cannot be used. `problems` holds every mistake, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StartError(Exception):
    """A process cannot start; the message is one clear line for the operator (exit code 2)."""
