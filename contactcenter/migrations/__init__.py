"""Alembic's folder: `env.py` runs the revisions in `versions/`. `contactcenter.schema` is the way in."""
