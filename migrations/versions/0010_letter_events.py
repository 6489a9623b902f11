"""What became of each letter, step by step; a letter that came back has a state of its own.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

UNFINISHED = "status IN ('queued', 'sending', 'uncertain', 'failed')"
UNFINISHED_NOW = "status IN ('queued', 'sending', 'uncertain', 'failed', 'bounced')"


def _index(where: str) -> None:
    op.drop_index("ix_letter_unfinished", table_name="letter")
    op.create_index("ix_letter_unfinished", "letter", ["id"], unique=False, postgresql_where=sa.text(where))


def upgrade() -> None:
    op.create_table(
        "letter_event",
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_event_letter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_event")),
    )
    op.create_index(op.f("ix_letter_event_letter_id"), "letter_event", ["letter_id"], unique=False)
    op.execute("UPDATE letter SET status = 'bounced' WHERE status = 'failed' AND problem LIKE 'bounced%'")
    # What is known of older letters: when they were written, and how they ended.
    op.execute(
        "INSERT INTO letter_event (letter_id, at, what) SELECT id, created_at, 'queued' FROM letter ORDER BY id"
    )
    op.execute(
        "INSERT INTO letter_event (letter_id, at, what, said)"
        " SELECT id, coalesce(sent_at, created_at), status, coalesce(problem, server_answer) FROM letter"
        " WHERE status <> 'queued' ORDER BY id"
    )
    _index(UNFINISHED_NOW)


def downgrade() -> None:
    op.execute("UPDATE letter SET status = 'failed' WHERE status = 'bounced'")
    _index(UNFINISHED)
    op.drop_table("letter_event")
