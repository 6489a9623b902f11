"""Full-text search over messages and people.

Triggers note what was written, by whatever statement; the indexer does the rest. What is there already is noted here and
indexed by the worker in portions, the newest first. A note is only ever added, so that no writer waits for another.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The first argument is the kind, the second the column that names the thing.
NOTE = """
CREATE FUNCTION search_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE key bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO key USING OLD;
        INSERT INTO search_due (kind, subject_id) SELECT TG_ARGV[0], key WHERE key IS NOT NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('SELECT ($1).%I', TG_ARGV[1]) INTO key USING NEW;
        INSERT INTO search_due (kind, subject_id) SELECT TG_ARGV[0], key WHERE key IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_is_due_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_due (kind, subject_id)
        SELECT 'dossier', id FROM dossier WHERE person_id = NEW.id
        UNION ALL SELECT 'conversation', id FROM conversation WHERE person_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_is_due_of_person AFTER UPDATE OF name ON person
    FOR EACH ROW EXECUTE FUNCTION search_is_due_of_person();
"""
# Table, kind, the column that names the thing, the columns whose text is indexed.
WATCHED = [
    ("person", "person", "id", "name, email, phone"),
    (
        "dossier",
        "dossier",
        "id",
        "person_id, email, phone, surname, given_names, passport_number, kitas_number, company",
    ),
    ("account", "account", "id", "email, phone, company, subject"),
    ("certificate", "account", "account_id", "status"),
    ("conversation", "conversation", "id", "person_id, address, subject"),
    ("conversation_party", "conversation", "conversation_id", "conversation_id, address, name"),
    ("conversation_note", "conversation", "conversation_id", "conversation_id, text"),
    ("message", "message", "id", "from_name, from_address, subject, text"),
    ("attachment", "message", "message_id", "filename, message_id"),
    ("document", "message", "message_id", "filename, message_id"),
    ("note", "note", "id", "text"),
]
KINDS = ("note", "message", "conversation", "person", "account", "dossier")


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_search_entry_kind_subject_id")),
    )
    op.create_index("ix_search_entry_words", "search_entry", ["words"], postgresql_using="gin")
    op.create_index("ix_search_entry_newest", "search_entry", ["kind", "at", "id"])
    op.create_table(
        "search_due",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_due")),
    )
    op.add_column(
        "saved_search",
        sa.Column("filters", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )
    op.alter_column("saved_search", "filters", server_default=None)
    op.execute(NOTE)
    for table, kind, key, columns in WATCHED:
        op.execute(
            f"CREATE TRIGGER search_is_due AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION search_is_due('{kind}', '{key}')"
        )
    for kind in KINDS:
        everything = f"SELECT '{kind}', id FROM {kind} ORDER BY id"  # noqa: S608  # the kinds above, each named as its table
        op.execute(f"INSERT INTO search_due (kind, subject_id) {everything}")


def downgrade() -> None:
    op.execute("DROP TRIGGER search_is_due_of_person ON person")
    for table, *_ in WATCHED:
        op.execute(f"DROP TRIGGER search_is_due ON {table}")
    op.execute("DROP FUNCTION search_is_due_of_person()")
    op.execute("DROP FUNCTION search_is_due()")
    op.drop_column("saved_search", "filters")
    op.drop_table("search_due")
    op.drop_table("search_entry")
