"""How the place looks: six values and a picture."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from contactcenter.db import Model
from contactcenter.model.columns import Created


class Appearance(Created, Model):
    """The one look of the installation, or none while nobody has chosen: then it is that of the house.

    Colours are `#RRGGBB`. The picture is the blob `logo_key` of `logo_type`; both are empty without one.
    """

    __tablename__ = "appearance"

    slug: Mapped[str] = mapped_column(String(64), unique=True)
    shown_name: Mapped[str] = mapped_column(String(60), default="")
    brand: Mapped[str] = mapped_column(String(7))
    on_brand: Mapped[str] = mapped_column(String(7))
    brand_dark: Mapped[str] = mapped_column(String(7))
    on_brand_dark: Mapped[str] = mapped_column(String(7))
    radius: Mapped[str] = mapped_column(String(16))
    logo_key: Mapped[str] = mapped_column(String(64), default="")
    logo_type: Mapped[str] = mapped_column(String(32), default="")
