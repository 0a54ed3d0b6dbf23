"""Revision 0001: what can be searched, with the full-text objects of each database."""

from __future__ import annotations

from alembic import op

from contactcenter.migrations.columns import ref, table, text

# FTS5 keeps no text of its own here, so it is told by triggers what to add and what to take out.
_SQLITE = (
    """CREATE VIRTUAL TABLE search_words USING fts5(
        text, content='search_doc', content_rowid='id', columnsize=0,
        tokenize='unicode61 remove_diacritics 0')""",
    """CREATE VIRTUAL TABLE search_parts USING fts5(
        parts, content='search_doc', content_rowid='id', columnsize=0, tokenize='trigram')""",
    """CREATE TRIGGER search_doc_added AFTER INSERT ON search_doc BEGIN
        INSERT INTO search_words (rowid, text) VALUES (new.id, new.text);
        INSERT INTO search_parts (rowid, parts) VALUES (new.id, new.parts);
    END""",
    """CREATE TRIGGER search_doc_removed AFTER DELETE ON search_doc BEGIN
        INSERT INTO search_words (search_words, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO search_parts (search_parts, rowid, parts) VALUES ('delete', old.id, old.parts);
    END""",
    """CREATE TRIGGER search_doc_changed AFTER UPDATE OF text, parts ON search_doc BEGIN
        INSERT INTO search_words (search_words, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO search_parts (search_parts, rowid, parts) VALUES ('delete', old.id, old.parts);
        INSERT INTO search_words (rowid, text) VALUES (new.id, new.text);
        INSERT INTO search_parts (rowid, parts) VALUES (new.id, new.parts);
    END""",
)
# The text is split already, so no parser of the database looks at it again. Every search reads the whole list of
# rows that an index has not sorted in yet, which is therefore kept short.
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """ALTER TABLE search_doc ADD COLUMN words tsvector GENERATED ALWAYS AS
        (array_to_tsvector(string_to_array(btrim(text), ' '))) STORED""",
    "CREATE INDEX ix_search_doc_words ON search_doc USING gin (words) WITH (gin_pending_list_limit = 1024)",
    """CREATE INDEX ix_search_doc_parts ON search_doc USING gin (parts gin_trgm_ops)
        WITH (gin_pending_list_limit = 1024)""",
)


def create() -> None:
    """Make the table and what makes it searchable."""
    table(
        "search_doc",
        ref("ticket_id", "ticket", cascade=True, index=True),
        ref("entry_id", "entry", cascade=True, unique=True),
        ref("domain_id", "domain"),
        text("text"),
        text("parts"),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
