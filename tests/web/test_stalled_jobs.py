"""Jobs of a worker that was killed come back, whatever waits beside them."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.kernel.database import db
from tests.fixtures.desk import RunJobs

# A worker that was killed over the sealing, and the next second's sealing, which the clock has deferred since.
KILLED = """
WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id)
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, status, worker_id)
SELECT 'desk', 'audit.seal', 0, 'audit.seal', 'audit.seal', CAST('{"timestamp"\\: 1}' AS jsonb),
    CAST('doing' AS procrastinate_job_status), id
FROM dead
UNION ALL SELECT 'desk', 'audit.seal', 0, 'audit.seal', 'audit.seal', CAST('{"timestamp"\\: 2}' AS jsonb), 'todo', NULL
"""


def test_a_killed_periodic_job_does_not_stop_the_next_worker(app: Flask, run_jobs: RunJobs) -> None:
    """Given back, it would wait twice, which its queueing lock forbids; kept, its lock would never open."""
    with app.app_context():
        db.session.execute(text(KILLED))
        db.session.commit()
    run_jobs()
    with app.app_context():
        left = db.session.scalar(
            text(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'audit.seal' AND worker_id IS NOT NULL"
            )
        )
        assert left == 0
        assert not db.session.scalar(
            text("SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'timestamp' IN ('1', '2')")
        )
