"""Several mailboxes, their tokens and their counts.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    for name in ("problem_since", "counted_at"):
        op.add_column("mailbox_state", _moment(name))
    for name in ("server_count", "known_count"):
        op.add_column("mailbox_state", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("mailbox_state", sa.Column("unmatched", JSONB(), nullable=False, server_default="[]"))
    op.add_column("mailbox_state", sa.Column("missing", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("mailbox_state", sa.Column("told_problem", sa.String(), nullable=True))
    for name in ("told_at", "sender_told_at"):
        op.add_column("received_mail", _moment(name))
    op.add_column(
        "received_mail", sa.Column("silent", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # What was filed before was marked as read when it was taken in.
    op.execute("UPDATE received_mail SET told_at = created_at WHERE status = 'filed'")
    op.create_index(
        "ix_received_mail_untold",
        "received_mail",
        ["mailbox", "uid_validity", "id"],
        postgresql_where=sa.text("status = 'filed' AND told_at IS NULL"),
    )
    op.create_table(
        "mailbox_token",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("origin", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_access_token", sa.LargeBinary(), nullable=True),
        _moment("granted_at"),
        _moment("expires_at"),
        _moment("refresh_expires_at"),
        _moment("lease_until"),
        sa.Column("problem", sa.String(), nullable=True),
        _moment("problem_since"),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_token")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_mailbox_token_mailbox")),
    )


def downgrade() -> None:
    op.drop_table("mailbox_token")
    op.drop_index("ix_received_mail_untold", table_name="received_mail")
    for name in ("silent", "sender_told_at", "told_at"):
        op.drop_column("received_mail", name)
    for name in (
        "told_problem",
        "missing",
        "unmatched",
        "known_count",
        "server_count",
        "counted_at",
        "problem_since",
    ):
        op.drop_column("mailbox_state", name)
