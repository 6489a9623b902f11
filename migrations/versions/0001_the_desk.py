"""Every table of the desk.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_counter",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_counter")),
        sa.UniqueConstraint("key", "window_start", name=op.f("uq_limit_counter_key_window_start")),
    )
    op.create_index(op.f("ix_limit_counter_window_start"), "limit_counter", ["window_start"], unique=False)
    op.create_table(
        "link",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_digest")),
    )
    op.create_index("ix_link_subject", "link", ["purpose", "subject_id"], unique=False)
    op.create_table(
        "mailbox_state",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_state")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_mailbox_state_mailbox")),
    )
    op.create_table(
        "person",
        sa.Column("key_owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("key_owner", name=op.f("uq_person_key_owner")),
    )
    op.create_table(
        "role",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("name", name=op.f("uq_role_name")),
    )
    op.create_table(
        "staff_member",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(), nullable=False),
        sa.Column("failed_sign_ins", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_member_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_staff_member_fs_uniquifier")),
    )
    op.create_table(
        "stored_file",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("name", name=op.f("uq_stored_file_name")),
    )
    op.create_index(op.f("ix_stored_file_owner"), "stored_file", ["owner"], unique=False)
    op.create_table(
        "trail_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger(), nullable=True),
        sa.Column("detail_digest", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_entry")),
    )
    op.create_index(op.f("ix_trail_entry_actor_id"), "trail_entry", ["actor_id"], unique=False)
    op.create_index(op.f("ix_trail_entry_dossier_id"), "trail_entry", ["dossier_id"], unique=False)
    op.create_table(
        "dossier",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_to_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("surname", sa.String(), nullable=False),
        sa.Column("given_names", sa.String(), nullable=False),
        sa.Column("passport_number", sa.String(), nullable=False),
        sa.Column("passport_country", sa.String(), nullable=False),
        sa.Column("nationality", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("passport_expires_on", sa.Date(), nullable=True),
        sa.Column("kitas_number", sa.String(), nullable=False),
        sa.Column("kitas_expires_on", sa.Date(), nullable=True),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["staff_member.id"], name=op.f("fk_dossier_assigned_to_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("reference", name=op.f("uq_dossier_reference")),
    )
    op.create_index(op.f("ix_dossier_assigned_to_id"), "dossier", ["assigned_to_id"], unique=False)
    op.create_index(op.f("ix_dossier_email"), "dossier", ["email"], unique=False)
    op.create_index(
        "ix_dossier_open",
        "dossier",
        ["status", "status_since", "id"],
        unique=False,
        postgresql_where="status NOT IN ('issued', 'rejected', 'withdrawn', 'expired')",
    )
    op.create_index(op.f("ix_dossier_person_id"), "dossier", ["person_id"], unique=False)
    op.create_index("ix_dossier_since", "dossier", ["status_since", "id"], unique=False)
    op.create_table(
        "saved_search",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_saved_search_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("code", name=op.f("uq_saved_search_code")),
    )
    op.create_index(op.f("ix_saved_search_staff_id"), "saved_search", ["staff_id"], unique=False)
    op.create_table(
        "staff_role",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("role_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_staff_role_role_id")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_member.id"], name=op.f("fk_staff_role_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "role_id", name=op.f("pk_staff_role")),
    )
    op.create_table(
        "trail_detail",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["trail_entry.id"], name=op.f("fk_trail_detail_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_detail")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_trail_detail_entry_id")),
    )
    op.create_table(
        "trail_pending",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["trail_entry.id"], name=op.f("fk_trail_pending_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_pending")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_trail_pending_entry_id")),
    )
    op.create_table(
        "trail_seal",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["trail_entry.id"], name=op.f("fk_trail_seal_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_trail_seal_entry_id")),
    )
    op.create_table(
        "account",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("subject", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_account_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("dossier_id", name=op.f("uq_account_dossier_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_account_reference")),
    )
    op.create_index(op.f("ix_account_email"), "account", ["email"], unique=False)
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_table(
        "approval_request",
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("void_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> submitted_by_id",
            name=op.f("ck_approval_request_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_member.id"], name=op.f("fk_approval_request_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_approval_request_dossier_id")),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["staff_member.id"], name=op.f("fk_approval_request_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
    )
    op.create_index(
        op.f("ix_approval_request_decided_by_id"), "approval_request", ["decided_by_id"], unique=False
    )
    op.create_index(op.f("ix_approval_request_dossier_id"), "approval_request", ["dossier_id"], unique=False)
    op.create_index(
        "uq_approval_request_pending",
        "approval_request",
        ["dossier_id"],
        unique=True,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_table(
        "call",
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("calendar_uid", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("join_url", sa.String(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(staff_id, staff_id, '[]')"), "&&"),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("status = 'booked'"),
            using="gist",
            name="ex_call_no_double_booking",
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_call_order")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_call_dossier_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff_member.id"], name=op.f("fk_call_recorded_by_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_call_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("calendar_uid", name=op.f("uq_call_calendar_uid")),
    )
    op.create_index(op.f("ix_call_dossier_id"), "call", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_call_staff_id"), "call", ["staff_id"], unique=False)
    op.create_index(
        "uq_call_booked_dossier",
        "call",
        ["dossier_id"],
        unique=True,
        postgresql_where=sa.text("status = 'booked'"),
    )
    op.create_table(
        "conversation",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("assigned_to_id", sa.BigInteger(), nullable=True),
        sa.Column("dossier_id", sa.BigInteger(), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["staff_member.id"], name=op.f("fk_conversation_assigned_to_id")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_conversation_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conversation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("reference", name=op.f("uq_conversation_reference")),
    )
    op.create_index(op.f("ix_conversation_address"), "conversation", ["address"], unique=False)
    op.create_index(op.f("ix_conversation_assigned_to_id"), "conversation", ["assigned_to_id"], unique=False)
    op.create_index(op.f("ix_conversation_dossier_id"), "conversation", ["dossier_id"], unique=False)
    op.create_index(
        "ix_conversation_open",
        "conversation",
        ["last_message_at", "id"],
        unique=False,
        postgresql_where="status = 'open'",
    )
    op.create_index(op.f("ix_conversation_person_id"), "conversation", ["person_id"], unique=False)
    op.create_table(
        "dossier_maker",
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_dossier_maker_dossier_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], name=op.f("fk_dossier_maker_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_maker")),
        sa.UniqueConstraint(
            "dossier_id", "staff_id", "part", name=op.f("uq_dossier_maker_dossier_id_staff_id_part")
        ),
    )
    op.create_index(op.f("ix_dossier_maker_staff_id"), "dossier_maker", ["staff_id"], unique=False)
    op.create_table(
        "note",
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_note_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_note_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_dossier_id"), "note", ["dossier_id"], unique=False)
    op.create_table(
        "key_request",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("csr", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_key_request_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_request")),
    )
    op.create_index(op.f("ix_key_request_account_id"), "key_request", ["account_id"], unique=False)
    op.create_index(
        "uq_key_request_open",
        "key_request",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "letter",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("to_address", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("calendar", sa.String(), nullable=True),
        sa.Column("calendar_method", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("in_reply_to", sa.String(), nullable=True),
        sa.Column("references", sa.String(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("link_purpose", sa.String(), nullable=True),
        sa.Column("link_subject_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("server_answer", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("dossier_id", sa.BigInteger(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_letter_account_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_letter_conversation_id")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_letter_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
    )
    op.create_index(op.f("ix_letter_account_id"), "letter", ["account_id"], unique=False)
    op.create_index(op.f("ix_letter_conversation_id"), "letter", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_letter_dossier_id"), "letter", ["dossier_id"], unique=False)
    op.create_index(
        "ix_letter_unfinished",
        "letter",
        ["id"],
        unique=False,
        postgresql_where="status IN ('queued', 'sending', 'uncertain', 'failed')",
    )
    op.create_table(
        "certificate",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("approval_request_id", sa.BigInteger(), nullable=False),
        sa.Column("key_request_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("subject", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pem", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quota", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_certificate_account_id")),
        sa.ForeignKeyConstraint(
            ["approval_request_id"], ["approval_request.id"], name=op.f("fk_certificate_approval_request_id")
        ),
        sa.ForeignKeyConstraint(
            ["key_request_id"], ["key_request.id"], name=op.f("fk_certificate_key_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("approval_request_id", name=op.f("uq_certificate_approval_request_id")),
        sa.UniqueConstraint("key_request_id", name=op.f("uq_certificate_key_request_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_certificate_serial")),
    )
    op.create_index(op.f("ix_certificate_account_id"), "certificate", ["account_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("from_name", sa.String(), nullable=False),
        sa.Column("from_address", sa.String(), nullable=False),
        sa.Column("sender_verified", sa.Boolean(), nullable=False),
        sa.Column("known_party", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("automatic", sa.String(), nullable=True),
        sa.Column("defects", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("raw_file_id", sa.BigInteger(), nullable=True),
        sa.Column("letter_id", sa.BigInteger(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["staff_member.id"], name=op.f("fk_message_author_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id")
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_message_letter_id")),
        sa.ForeignKeyConstraint(["raw_file_id"], ["stored_file.id"], name=op.f("fk_message_raw_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_conversation_id"), "message", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_message_message_id"), "message", ["message_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_attachment_file_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("file_id", name=op.f("uq_attachment_file_id")),
    )
    op.create_index(op.f("ix_attachment_message_id"), "attachment", ["message_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("dossier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kind_reason", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pictures", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["staff_member.id"], name=op.f("fk_document_added_by_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff_member.id"], name=op.f("fk_document_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_document_dossier_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_document_file_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_document_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("file_id", name=op.f("uq_document_file_id")),
    )
    op.create_index(op.f("ix_document_dossier_id"), "document", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_document_message_id"), "document", ["message_id"], unique=False)
    op.create_table(
        "received_mail",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("raw_file_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_received_mail_message_id")),
        sa.ForeignKeyConstraint(
            ["raw_file_id"], ["stored_file.id"], name=op.f("fk_received_mail_raw_file_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_mail")),
        sa.UniqueConstraint(
            "mailbox", "uid_validity", "uid", name=op.f("uq_received_mail_mailbox_uid_validity_uid")
        ),
    )
    op.create_index(
        "ix_received_mail_unfiled",
        "received_mail",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status <> 'filed'"),
    )
    op.create_table(
        "document_page",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("full_id", sa.BigInteger(), nullable=False),
        sa.Column("thumbnail_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_page_document_id")),
        sa.ForeignKeyConstraint(["full_id"], ["stored_file.id"], name=op.f("fk_document_page_full_id")),
        sa.ForeignKeyConstraint(
            ["thumbnail_id"], ["stored_file.id"], name=op.f("fk_document_page_thumbnail_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_page")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_page_document_id_number")),
    )
    op.create_table(
        "finding",
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_finding_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_document_id"), "finding", ["document_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_finding_document_id"), table_name="finding")
    op.drop_table("finding")
    op.drop_table("document_page")
    op.drop_index(
        "ix_received_mail_unfiled", table_name="received_mail", postgresql_where=sa.text("status <> 'filed'")
    )
    op.drop_table("received_mail")
    op.drop_index(op.f("ix_document_message_id"), table_name="document")
    op.drop_index(op.f("ix_document_dossier_id"), table_name="document")
    op.drop_table("document")
    op.drop_index(op.f("ix_attachment_message_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_message_message_id"), table_name="message")
    op.drop_index(op.f("ix_message_conversation_id"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("ix_certificate_account_id"), table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(
        "ix_letter_unfinished",
        table_name="letter",
        postgresql_where="status IN ('queued', 'sending', 'uncertain', 'failed')",
    )
    op.drop_index(op.f("ix_letter_dossier_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_conversation_id"), table_name="letter")
    op.drop_index(op.f("ix_letter_account_id"), table_name="letter")
    op.drop_table("letter")
    op.drop_index(
        "uq_key_request_open", table_name="key_request", postgresql_where=sa.text("status = 'open'")
    )
    op.drop_index(op.f("ix_key_request_account_id"), table_name="key_request")
    op.drop_table("key_request")
    op.drop_index(op.f("ix_note_dossier_id"), table_name="note")
    op.drop_table("note")
    op.drop_index(op.f("ix_dossier_maker_staff_id"), table_name="dossier_maker")
    op.drop_table("dossier_maker")
    op.drop_index(op.f("ix_conversation_person_id"), table_name="conversation")
    op.drop_index("ix_conversation_open", table_name="conversation", postgresql_where="status = 'open'")
    op.drop_index(op.f("ix_conversation_dossier_id"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_assigned_to_id"), table_name="conversation")
    op.drop_index(op.f("ix_conversation_address"), table_name="conversation")
    op.drop_table("conversation")
    op.drop_index("uq_call_booked_dossier", table_name="call", postgresql_where=sa.text("status = 'booked'"))
    op.drop_index(op.f("ix_call_staff_id"), table_name="call")
    op.drop_index(op.f("ix_call_dossier_id"), table_name="call")
    op.drop_table("call")
    op.drop_index(
        "uq_approval_request_pending",
        table_name="approval_request",
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.drop_index(op.f("ix_approval_request_dossier_id"), table_name="approval_request")
    op.drop_index(op.f("ix_approval_request_decided_by_id"), table_name="approval_request")
    op.drop_table("approval_request")
    op.drop_index(op.f("ix_account_person_id"), table_name="account")
    op.drop_index(op.f("ix_account_email"), table_name="account")
    op.drop_table("account")
    op.drop_table("trail_seal")
    op.drop_table("trail_pending")
    op.drop_table("trail_detail")
    op.drop_table("staff_role")
    op.drop_index(op.f("ix_saved_search_staff_id"), table_name="saved_search")
    op.drop_table("saved_search")
    op.drop_index("ix_dossier_since", table_name="dossier")
    op.drop_index(op.f("ix_dossier_person_id"), table_name="dossier")
    op.drop_index(
        "ix_dossier_open",
        table_name="dossier",
        postgresql_where="status NOT IN ('issued', 'rejected', 'withdrawn', 'expired')",
    )
    op.drop_index(op.f("ix_dossier_email"), table_name="dossier")
    op.drop_index(op.f("ix_dossier_assigned_to_id"), table_name="dossier")
    op.drop_table("dossier")
    op.drop_index(op.f("ix_trail_entry_dossier_id"), table_name="trail_entry")
    op.drop_index(op.f("ix_trail_entry_actor_id"), table_name="trail_entry")
    op.drop_table("trail_entry")
    op.drop_index(op.f("ix_stored_file_owner"), table_name="stored_file")
    op.drop_table("stored_file")
    op.drop_table("staff_member")
    op.drop_table("role")
    op.drop_table("person")
    op.drop_table("mailbox_state")
    op.drop_index("ix_link_subject", table_name="link")
    op.drop_table("link")
    op.drop_index(op.f("ix_limit_counter_window_start"), table_name="limit_counter")
    op.drop_table("limit_counter")
