"""When an answer is due.

What waits at this moment gets a plain day until the worker starts and computes it in working hours.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENTS = [
    "answer_awaited_since",
    "answer_due_at",
    "first_answered_at",
    "closed_at",
    "acknowledged_at",
    "reopened_at",
]
# Our own answers, and what asks for one.
ANSWER = "conversation_id = conversation.id AND direction = 'out' AND author_id IS NOT NULL"
ASKS = (
    "conversation_id = conversation.id AND direction = 'in' AND (automatic IS NULL OR automatic = 'bounce')"
)
BACKFILL = [
    f"""
    UPDATE conversation SET
        first_answered_at = (SELECT min(created_at) FROM message WHERE {ANSWER}),
        closed_at = (SELECT max(at) FROM trail_entry WHERE verb = 'conversation.close'
            AND subject_type = 'conversation' AND subject_id = conversation.id),
        reopened_at = (SELECT max(at) FROM trail_entry WHERE verb = 'conversation.reopen'
            AND subject_type = 'conversation' AND subject_id = conversation.id)
    """,  # noqa: S608  # made of this file's constants
    "UPDATE conversation SET acknowledged_at = last_message_at WHERE status = 'answered' AND first_answered_at IS NULL",
    f"""
    UPDATE conversation SET answer_awaited_since = coalesce(
        (SELECT min(created_at) FROM message WHERE {ASKS} AND created_at > greatest(conversation.closed_at,
            (SELECT max(created_at) FROM message WHERE {ANSWER}), '-infinity')),
        (SELECT max(created_at) FROM message WHERE {ASKS}))
    WHERE status = 'open'
    """,  # noqa: S608  # made of this file's constants
    "UPDATE conversation SET answer_due_at = answer_awaited_since + interval '1 day'",
]


DUE = sa.text("coalesce(answer_due_at, '9999-12-31 00:00:00+00'::timestamptz)")
OPEN = "status = 'open'"
# The views of what waits, which from now on is shown as it is due and not as it came.
WAITING = (
    ("open", [], OPEN),
    ("unassigned", [], f"{OPEN} AND assigned_to_id IS NULL"),
    ("mine", ["assigned_to_id"], OPEN),
)


def _waiting_by(*order: str | sa.TextClause) -> None:
    for name, first, where in WAITING:
        op.drop_index(f"ix_conversation_{name}", table_name="conversation")
        op.create_index(
            f"ix_conversation_{name}", "conversation", [*first, *order], postgresql_where=sa.text(where)
        )


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("conversation", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversation", sa.Column("first_answer_seconds", sa.BigInteger(), nullable=True))
    for statement in BACKFILL:
        op.execute(statement)
    _waiting_by(DUE, "id")
    op.create_index(
        "ix_conversation_first_answered_at",
        "conversation",
        ["first_answered_at"],
        postgresql_where="first_answer_seconds IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_first_answered_at", table_name="conversation")
    _waiting_by("last_message_at", "id")
    for name in (*MOMENTS, "first_answer_seconds"):
        op.drop_column("conversation", name)
