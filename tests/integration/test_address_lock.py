"""Who takes in a mail holds the sender's address for itself, and keeps nobody else from referring to it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from contactcenter.db import db
from contactcenter.model.words import AddressKind
from contactcenter.services import identity
from tests.integration.conftest import Begin


def test_a_held_address_can_still_be_referred_to(app: Flask, begin: Begin) -> None:
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "postgresql":
        return  # SQLite has one writer at a time
    with begin() as session:
        found = identity.find_or_add_address(session, AddressKind.EMAIL, "maja@example.se")
    with begin() as session:
        assert identity.find_or_add_address(session, AddressKind.EMAIL, "maja@example.se") == found
        with engine.connect() as other:
            other.execute(text("SELECT 1 FROM address FOR KEY SHARE NOWAIT"))  # as a row that refers to it does
        with engine.connect() as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(text("SELECT 1 FROM address FOR NO KEY UPDATE NOWAIT"))
