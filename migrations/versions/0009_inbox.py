"""What agents do with a conversation: tags, notes, drafts, macros, presence.

Letters may wait for their writer to think again, be withdrawn, and carry files.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OPEN = "status = 'open'"
TABLES = (
    "presence",
    "macro",
    "letter_file",
    "draft_file",
    "draft",
    "mention",
    "conversation_note",
    "tagging",
    "tag",
)


def upgrade() -> None:
    _letters()
    _conversations()
    _tags()
    _notes()
    _drafts()
    _macros()
    _presence()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for name in ("unassigned", "mine", "snoozed", "answered", "closed", "all"):
        op.drop_index(f"ix_conversation_{name}", table_name="conversation")
    # The version before knows neither word: who sleeps is woken, and what was taken back is told as not sent.
    op.execute("ALTER TABLE conversation DROP CONSTRAINT ck_conversation_sleeps_until")
    op.execute("UPDATE conversation SET status = 'open' WHERE status = 'snoozed'")
    op.execute("UPDATE letter SET status = 'failed' WHERE status = 'withdrawn'")
    op.drop_column("conversation", "close_reason")
    op.drop_column("conversation", "snoozed_until")
    op.drop_index("ix_letter_delayed", table_name="letter")
    op.drop_column("letter", "due_at")


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    key = sa.Column("id", sa.BigInteger(), nullable=False)
    op.create_table(name, key, *parts, sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")))


def _pointer(
    table: str, column: str, to: str, *, nullable: bool = False, ondelete: str | None = None
) -> sa.Column:
    name = op.f(f"fk_{table}_{column}")
    return sa.Column(
        column, sa.BigInteger(), sa.ForeignKey(f"{to}.id", name=name, ondelete=ondelete), nullable=nullable
    )


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def _file(table: str, owner: str) -> None:
    _table(
        table,
        _pointer(table, f"{owner}_id", owner, ondelete="CASCADE"),
        _text("filename"),
        _text("media_type"),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _pointer(table, "file_id", "stored_file"),
        sa.UniqueConstraint("file_id", name=op.f(f"uq_{table}_file_id")),
    )
    op.create_index(op.f(f"ix_{table}_{owner}_id"), table, [f"{owner}_id"])


def _letters() -> None:
    op.add_column("letter", _moment("due_at", nullable=True))
    delayed = sa.text("status = 'queued' AND due_at IS NOT NULL")
    op.create_index("ix_letter_delayed", "letter", ["due_at"], postgresql_where=delayed)
    _file("letter_file", "letter")


def _conversations() -> None:
    op.add_column("conversation", _moment("snoozed_until", nullable=True))
    op.add_column("conversation", _text("close_reason", nullable=True))
    op.create_check_constraint(
        op.f("ck_conversation_sleeps_until"),
        "conversation",
        "status <> 'snoozed' OR snoozed_until IS NOT NULL",
    )
    waiting = ["last_message_at", "id"]
    for name, columns, where in (
        ("unassigned", waiting, f"{OPEN} AND assigned_to_id IS NULL"),
        ("mine", ["assigned_to_id", *waiting], OPEN),
        ("snoozed", ["snoozed_until", "id"], "status = 'snoozed'"),
        ("answered", waiting, "status = 'answered'"),
        ("closed", waiting, "status = 'closed'"),
    ):
        op.create_index(f"ix_conversation_{name}", "conversation", columns, postgresql_where=sa.text(where))
    op.create_index("ix_conversation_all", "conversation", waiting)


def _tags() -> None:
    _table("tag", _text("name"), _moment("created_at"), sa.UniqueConstraint("name", name=op.f("uq_tag_name")))
    _table(
        "tagging",
        _pointer("tagging", "conversation_id", "conversation", ondelete="CASCADE"),
        _pointer("tagging", "tag_id", "tag"),
        sa.UniqueConstraint("conversation_id", "tag_id", name=op.f("uq_tagging_conversation_id_tag_id")),
    )
    op.create_index("ix_tagging_tag", "tagging", ["tag_id", "conversation_id"])


def _notes() -> None:
    note = "conversation_note"
    _table(
        note,
        _pointer(note, "conversation_id", "conversation", ondelete="CASCADE"),
        _pointer(note, "author_id", "staff_member"),
        _text("text"),
        _moment("created_at"),
    )
    op.create_index(op.f(f"ix_{note}_conversation_id"), note, ["conversation_id"])
    _table(
        "mention",
        _pointer("mention", "conversation_id", "conversation", ondelete="CASCADE"),
        _pointer("mention", "staff_id", "staff_member"),
        _pointer("mention", "note_id", note, ondelete="CASCADE"),
        _moment("mentioned_at"),
        _moment("seen_at", nullable=True),
        sa.UniqueConstraint("conversation_id", "staff_id", name=op.f("uq_mention_conversation_id_staff_id")),
    )
    op.create_index("ix_mention_of", "mention", ["staff_id", "mentioned_at", "conversation_id"])
    op.create_index("ix_mention_unseen", "mention", ["staff_id"], postgresql_where=sa.text("seen_at IS NULL"))


def _drafts() -> None:
    _table(
        "draft",
        _pointer("draft", "conversation_id", "conversation", ondelete="CASCADE"),
        _pointer("draft", "staff_id", "staff_member"),
        _text("text"),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _moment("saved_at"),
        sa.UniqueConstraint("conversation_id", "staff_id", name=op.f("uq_draft_conversation_id_staff_id")),
    )
    op.create_index(op.f("ix_draft_staff_id"), "draft", ["staff_id"])
    _file("draft_file", "draft")


def _macros() -> None:
    _table(
        "macro",
        _text("title"),
        _text("text_en"),
        _text("text_id"),
        _text("status"),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _text("starter", nullable=True),
        _text("starter_digest", nullable=True),
        _pointer("macro", "edited_by_id", "staff_member", nullable=True),
        _moment("created_at"),
        _moment("edited_at", nullable=True),
        sa.UniqueConstraint("starter", name=op.f("uq_macro_starter")),
    )


def _presence() -> None:
    _table(
        "presence",
        _pointer("presence", "staff_id", "staff_member", ondelete="CASCADE"),
        _text("subject_type"),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        _text("doing"),
        _moment("seen_at"),
        sa.UniqueConstraint(
            "subject_type",
            "subject_id",
            "staff_id",
            name=op.f("uq_presence_subject_type_subject_id_staff_id"),
        ),
    )
    op.create_index(op.f("ix_presence_staff_id"), "presence", ["staff_id"])
