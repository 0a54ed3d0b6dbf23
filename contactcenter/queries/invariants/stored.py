"""I13: the bytes that rows refer to are there, and are what they were."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Executable, literal, select, union_all

from contactcenter.model import Appearance, Attachment, Inbox
from contactcenter.queries.invariants.check import Check, Finding, first_of

_FILE = "file"
_LOGO = "logo"


def i13_bytes_are_there(check: Check) -> Iterator[Finding]:
    """Every file has its blob and belongs to one entry or draft, and every blob that a file, a message of the inbox or
    the logo refers to has the sha256 its name says (`quick`: is not read). A message without its blob is told of by I1.

    Blobs that no row refers to are counted only: they are stored before the row that is to refer to them.
    """
    problem = first_of(
        (Attachment.sha256 != Attachment.blob_key, "has another sha256 than its blob"),
        (Attachment.entry_id.is_(None) == Attachment.draft_id.is_(None), "belongs not to one entry or one draft"),
    )
    yield from check.exceptions("I13", _FILE, select(Attachment.id, problem))
    there = 0
    for key, referring in groupby(check.stream(_references()), lambda row: row.key):
        if check.blobs.has(key):
            there += 1
            yield from _spoiled(check, key)
        else:
            yield from _missing(key, referring)
    stored = sum(1 for _ in check.blobs.all_keys())
    check.counts.update(blobs=stored, unreferenced=stored - there)


def _references() -> Executable:
    """Who refers to which blob, blob by blob."""
    files = select(Attachment.blob_key.label("key"), Attachment.id, literal(_FILE).label("noun"))
    messages = select(Inbox.raw_key.label("key"), Inbox.id, literal("message").label("noun"))
    logos = select(Appearance.logo_key.label("key"), Appearance.id, literal(_LOGO).label("noun"))
    referring = union_all(files, messages, logos.where(Appearance.logo_key != "")).subquery()
    return select(referring).order_by(referring.c.key, referring.c.noun, referring.c.id)


def _spoiled(check: Check, key: str) -> Iterator[Finding]:
    try:
        if check.quick or check.blobs.is_whole(key):
            return
    except OSError as error:
        yield Finding("I13", f"blob {key}", f"cannot be read: {error.strerror}")
        return
    yield Finding("I13", f"blob {key}", "its bytes are others than were stored")


def _missing(key: str, referring: Iterator[Any]) -> Iterator[Finding]:
    for row in referring:
        if row.noun in (_FILE, _LOGO):
            yield Finding("I13", f"{row.noun} {row.id}", f"its bytes are gone: blob {key!a}")
