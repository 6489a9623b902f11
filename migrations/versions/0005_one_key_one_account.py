"""One public key belongs to one account, and an account knows the language of its letters.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Handing in the same key again used to replace its own request. The newer row holds the same key, so nothing is lost;
# one key at two accounts stops the migration, because a person has to look at that.
REPEATED = """
DELETE FROM key_request AS older USING key_request AS newer
WHERE older.account_id = newer.account_id AND older.public_key = newer.public_key AND older.id < newer.id
    AND older.status = 'replaced'
    AND NOT EXISTS (SELECT 1 FROM certificate WHERE certificate.key_request_id = older.id)
"""


def upgrade() -> None:
    op.execute(REPEATED)
    op.create_index("uq_key_request_public_key", "key_request", ["public_key"], unique=True)
    op.add_column("account", sa.Column("locale", sa.String(), nullable=True))
    op.execute(
        "UPDATE account SET locale = dossier.locale FROM dossier WHERE dossier.id = account.dossier_id"
    )
    op.alter_column("account", "locale", nullable=False)


def downgrade() -> None:
    op.drop_column("account", "locale")
    op.drop_index("uq_key_request_public_key", table_name="key_request")
