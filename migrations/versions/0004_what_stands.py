"""What was decided and issued stands: the application's role neither rewrites nor deletes it.

A decision is made once, on a request that waited; a certificate needs an approval of its own account's dossier. The
four-eyes triggers lock the dossier as the application does, so that letters about it are not kept waiting.

Revision ID: 0004
Revises: 0003
"""

import psycopg.sql
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEPT = [
    "dossier",
    "document",
    "finding",
    "call",
    "account",
    "approval_request",
    "key_request",
    "certificate",
    "staff_member",
]
# The only columns that change after the row was made.
CHANGING = {
    "approval_request": "status, decided_by_id, decided_at, note, void_reason, expires_at",
    "key_request": "status",
    "certificate": "status, pem, issued_at, quota",
}
CERTIFICATE = """
CREATE FUNCTION certificate_of_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM approval_request JOIN account ON account.dossier_id = approval_request.dossier_id
        WHERE approval_request.id = NEW.approval_request_id AND approval_request.status = 'approved'
            AND account.id = NEW.account_id
    ) THEN
        RAISE EXCEPTION 'no certificate without an approval'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT ON certificate FOR EACH ROW EXECUTE FUNCTION certificate_of_approval();
"""
ONCE = """
    IF (TG_OP = 'INSERT' AND NEW.status <> 'pending') OR (TG_OP = 'UPDATE' AND OLD.status <> 'pending' AND
        (NEW.status, NEW.decided_by_id, NEW.note) IS DISTINCT FROM (OLD.status, OLD.decided_by_id, OLD.note)) THEN
        RAISE EXCEPTION 'a request is decided once' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;"""
DECISION = """
CREATE OR REPLACE FUNCTION four_eyes_on_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM dossier WHERE id = NEW.dossier_id {lock};{once}
    IF NEW.status = 'approved' AND NEW.decided_by_id IS NULL THEN
        RAISE EXCEPTION 'an approval names who decided' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    IF NEW.status = 'approved' AND EXISTS (
        SELECT 1 FROM dossier_maker WHERE dossier_id = NEW.dossier_id AND staff_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'a maker never approves' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $$"""
MAKING = """
CREATE OR REPLACE FUNCTION four_eyes_on_making() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM dossier WHERE id = NEW.dossier_id {lock};
    IF EXISTS (
        SELECT 1 FROM approval_request
        WHERE dossier_id = NEW.dossier_id AND status = 'approved' AND decided_by_id = NEW.staff_id
    ) THEN
        RAISE EXCEPTION 'an approver never becomes a maker' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $$"""


def _run(script: str) -> None:
    """Run a script as it stands, past SQLAlchemy's reading of colons and percent signs."""
    op.get_bind().connection.driver_connection.execute(script)


def _role() -> str:
    name = context.config.attributes["application_role"]
    return psycopg.sql.Identifier(name).as_string(op.get_bind().connection.driver_connection)


def upgrade() -> None:
    role = _role()
    _run(DECISION.format(lock="FOR NO KEY UPDATE", once=ONCE))
    _run(MAKING.format(lock="FOR NO KEY UPDATE"))
    _run(CERTIFICATE)
    _run(f"REVOKE DELETE ON {', '.join(KEPT)} FROM {role}")
    for table, columns in CHANGING.items():
        _run(f"REVOKE UPDATE ON {table} FROM {role}")
        _run(f"GRANT UPDATE ({columns}) ON {table} TO {role}")


def downgrade() -> None:
    role = _role()
    for table in CHANGING:
        # Taking the right away from the table takes it from its columns too.
        _run(f"REVOKE UPDATE ON {table} FROM {role}")
        _run(f"GRANT UPDATE ON {table} TO {role}")
    _run(f"GRANT DELETE ON {', '.join(KEPT)} TO {role}")
    _run("DROP TRIGGER four_eyes ON certificate")
    _run("DROP FUNCTION certificate_of_approval()")
    _run(MAKING.format(lock="FOR UPDATE"))
    _run(DECISION.format(lock="FOR UPDATE", once=""))
