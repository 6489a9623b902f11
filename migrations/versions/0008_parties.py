"""Who takes part in a conversation: up to now the address it is with, and nobody else.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_party",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["staff_member.id"], name=op.f("fk_conversation_party_added_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_party_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_party")),
        sa.UniqueConstraint(
            "conversation_id", "address", name=op.f("uq_conversation_party_conversation_id_address")
        ),
    )
    op.create_index(op.f("ix_conversation_party_address"), "conversation_party", ["address"])
    op.execute(
        "INSERT INTO conversation_party (conversation_id, address, name, role, since)"
        " SELECT conversation.id, lower(trim(conversation.address)), person.name, 'self', conversation.created_at"
        " FROM conversation JOIN person ON person.id = conversation.person_id WHERE trim(conversation.address) <> ''"
    )


def downgrade() -> None:
    op.drop_table("conversation_party")
