"""Papers that move between dossiers, dossiers and conversations that merge.

A merged dossier points at the one that was kept, and only a merged one does; it is no open dossier.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CLOSED = "'issued', 'rejected', 'withdrawn', 'expired'"


def upgrade() -> None:
    for table in ("dossier", "conversation"):
        op.add_column(table, sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_{table}_merged_into_id"), table, table, ["merged_into_id"], ["id"])
        op.create_index(op.f(f"ix_{table}_merged_into_id"), table, ["merged_into_id"])
    op.create_check_constraint(
        op.f("ck_dossier_merged"), "dossier", "(status = 'merged') = (merged_into_id IS NOT NULL)"
    )
    _index_open(f"{CLOSED}, 'merged'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_dossier_merged"), "dossier", type_="check")
    # The release before knows no merged dossier; a withdrawn one is as closed.
    op.execute("UPDATE dossier SET status = 'withdrawn' WHERE status = 'merged'")
    _index_open(CLOSED)
    for table in ("conversation", "dossier"):
        op.drop_index(op.f(f"ix_{table}_merged_into_id"), table_name=table)
        op.drop_constraint(op.f(f"fk_{table}_merged_into_id"), table, type_="foreignkey")
        op.drop_column(table, "merged_into_id")


def _index_open(closed: str) -> None:
    op.drop_index("ix_dossier_open", table_name="dossier")
    op.create_index(
        "ix_dossier_open",
        "dossier",
        ["status", "status_since", "id"],
        postgresql_where=f"status NOT IN ({closed})",
    )
