"""Failed sign-ins are counted by address and network, so that a stranger's failures keep nobody else out.

Locks that hold at this moment are forgotten; they last some minutes only.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
        sa.UniqueConstraint("address", "network", name=op.f("uq_sign_in_failures_address_network")),
    )
    op.create_index(op.f("ix_sign_in_failures_since"), "sign_in_failures", ["since"])
    op.drop_column("staff_member", "failed_sign_ins")
    op.drop_column("staff_member", "locked_until")


def downgrade() -> None:
    op.add_column("staff_member", sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff_member", sa.Column("failed_sign_ins", sa.BigInteger(), nullable=True))
    op.execute("UPDATE staff_member SET failed_sign_ins = 0")
    op.alter_column("staff_member", "failed_sign_ins", nullable=False)
    op.drop_table("sign_in_failures")
