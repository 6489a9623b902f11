"""Staff members wait for a second administrator before they get far-reaching roles.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_member", sa.Column("status", sa.String(), nullable=True))
    op.add_column("staff_member", sa.Column("proposed_by_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE staff_member SET status = CASE WHEN active THEN 'active' ELSE 'disabled' END")
    op.alter_column("staff_member", "status", nullable=False)
    op.create_foreign_key(
        op.f("fk_staff_member_proposed_by_id"), "staff_member", "staff_member", ["proposed_by_id"], ["id"]
    )
    op.drop_column("staff_member", "active")


def downgrade() -> None:
    op.add_column("staff_member", sa.Column("active", sa.Boolean(), nullable=True))
    # Whoever was not confirmed yet may not sign in under the older version either.
    op.execute("UPDATE staff_member SET active = (status = 'active')")
    op.alter_column("staff_member", "active", nullable=False)
    op.drop_constraint(op.f("fk_staff_member_proposed_by_id"), "staff_member", type_="foreignkey")
    op.drop_column("staff_member", "proposed_by_id")
    op.drop_column("staff_member", "status")
