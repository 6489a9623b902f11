"""The job queue, what the application's role may do, and the guards that the database itself keeps.

Revision ID: 0002
Revises: 0001
"""

import psycopg.sql
from alembic import context, op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Whoever took part in making a dossier never approves it, whichever of the two rows comes first. The dossier's row is
# locked by both triggers, so that two transactions at once cannot each miss the other's row.
FOUR_EYES = """
CREATE FUNCTION four_eyes_on_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM dossier WHERE id = NEW.dossier_id FOR UPDATE;
    IF NEW.status = 'approved' AND NEW.decided_by_id IS NULL THEN
        RAISE EXCEPTION 'an approval names who decided' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    IF NEW.status = 'approved' AND EXISTS (
        SELECT 1 FROM dossier_maker WHERE dossier_id = NEW.dossier_id AND staff_id = NEW.decided_by_id
    ) THEN
        RAISE EXCEPTION 'a maker never approves' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT OR UPDATE ON approval_request
    FOR EACH ROW EXECUTE FUNCTION four_eyes_on_decision();

CREATE FUNCTION four_eyes_on_making() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM dossier WHERE id = NEW.dossier_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM approval_request
        WHERE dossier_id = NEW.dossier_id AND status = 'approved' AND decided_by_id = NEW.staff_id
    ) THEN
        RAISE EXCEPTION 'an approver never becomes a maker' USING ERRCODE = 'check_violation', CONSTRAINT = 'four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT OR UPDATE ON dossier_maker
    FOR EACH ROW EXECUTE FUNCTION four_eyes_on_making();
"""

# Who made a dossier is never taken back either, or a maker could become its approver in two steps.
INSERT_ONLY = ("trail_entry", "trail_seal", "dossier_maker")
INSERT_AND_ERASE = ("trail_detail",)
DROP_QUEUE = """
DO $$
DECLARE thing record;
BEGIN
    FOR thing IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', thing.name);
    END LOOP;
    FOR thing IN SELECT t.oid::regtype AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = 'public' AND t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c') LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', thing.name);
    END LOOP;
END $$
"""


def _run(script: str) -> None:
    """Run a script as it stands, past SQLAlchemy's reading of colons and percent signs."""
    op.get_bind().connection.driver_connection.execute(script)


def _role() -> str:
    name = context.config.attributes["application_role"]
    return psycopg.sql.Identifier(name).as_string(op.get_bind().connection.driver_connection)


def upgrade() -> None:
    _run(SchemaManager.get_schema())
    _run(FOUR_EYES)
    role = _role()
    _run(f"GRANT USAGE ON SCHEMA public TO {role}")
    _run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    _run(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    _run(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
    )
    _run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")
    _run(f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(INSERT_ONLY)} FROM {role}")
    _run(f"REVOKE UPDATE, TRUNCATE ON {', '.join(INSERT_AND_ERASE)} FROM {role}")
    _run(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}")


def downgrade() -> None:
    role = _role()
    _run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {role}")
    _run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {role}")
    _run(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
    _run(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")
    _run(f"REVOKE ALL ON SCHEMA public FROM {role}")
    for table, function in (("approval_request", "decision"), ("dossier_maker", "making")):
        _run(f"DROP TRIGGER four_eyes ON {table}")
        _run(f"DROP FUNCTION four_eyes_on_{function}()")
    _run(DROP_QUEUE)
