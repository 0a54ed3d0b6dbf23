"""Who writes to us: persons, their addresses, and which belongs to whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from contactcenter.db import Model
from contactcenter.model.columns import Created, optional_reference, reference
from contactcenter.model.words import AddressKind, PersonKind, word


class Person(Created, Model):
    """Somebody outside. `protected_identity` masks name and address wherever they would show."""

    __tablename__ = "person"

    kind: Mapped[PersonKind] = mapped_column(word(PersonKind), default=PersonKind.PERSON)
    name: Mapped[str] = mapped_column(String(300), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    preferred_channel: Mapped[str] = mapped_column(String(16), default="")
    protected_identity: Mapped[bool] = mapped_column(default=False)
    safe_contact: Mapped[str] = mapped_column(Text, default="")
    merged_into_id: Mapped[int | None] = optional_reference("person.id")


class Address(Created, Model):
    """An address as it reaches us, normalised: lower-case mail or E.164. A typed one is only a claim.

    `bounced_at` is when a mail server last said that nothing can be delivered there.
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("kind", "value"),)

    kind: Mapped[AddressKind] = mapped_column(word(AddressKind))
    value: Mapped[str] = mapped_column(String(320))
    bounced_at: Mapped[datetime | None]


class PersonAddress(Created, Model):
    """One address may belong to several persons, and one person has several addresses."""

    __tablename__ = "person_address"
    __table_args__ = (UniqueConstraint("person_id", "address_id"),)

    person_id: Mapped[int] = reference("person.id")
    address_id: Mapped[int] = reference("address.id", index=True)
    verified_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
