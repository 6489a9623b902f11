"""Jobs on the same PostgreSQL (Procrastinate): deferred in the caller's transaction, so that a rollback takes them with it.

Arguments are ids only: a job row is read by operators and kept in backups.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import procrastinate
from flask import Flask
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job as ProcrastinateJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from app.kernel.clock import now
from app.kernel.database import db, in_use_case
from app.kernel.web import log_error

# The connector is never opened: jobs are deferred on the session's own connection, and a worker brings its own.
queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
_deferring = JobManager(procrastinate.SyncPsycopgConnector())

_running: list[Flask] = []


class JobFailed(Exception):
    """Raised to the library in place of a job's error; its text is only the error's type."""


@dataclass(frozen=True)
class Job:
    """A job that can be deferred; `defer(**ids)` joins the running use case."""

    task: Any
    work: Callable[..., Any]

    def defer(self, *, delay: timedelta | None = None, **ids: int) -> None:
        """Have the job done after the running use case commits, `delay` later if given."""
        self._deferrer(delay).defer(**ids)

    def defer_all(self, many: Sequence[Mapping[str, int]]) -> None:
        """Have the job done once for each of these ids, by one statement."""
        if many:
            self._deferrer(None).batch_defer(*many)

    def _deferrer(self, delay: timedelta | None) -> Any:
        if not in_use_case():
            raise RuntimeError(
                "A job is deferred inside a use case only, so that it is committed with the change."
            )
        db.session.flush()
        connection = db.session.connection().connection.dbapi_connection
        options: dict[str, Any] = {"connection": connection}
        if delay is not None:
            options["schedule_at"] = now() + delay
        deferrer = self.task.configure(**options)
        # While a worker runs, the queue speaks through an asynchronous connection of its own; jobs that jobs defer
        # must still go through the session's.
        deferrer.job_manager = _deferring
        return deferrer

    def __call__(self, **ids: int) -> Any:
        return self.work(**ids)


class Growing(procrastinate.BaseRetryStrategy):
    """Retry `most` times after 5 s, 20 s, 80 s … at most one hour apart."""

    def __init__(self, most: int) -> None:
        self.most = most

    def get_retry_decision(
        self, *, exception: BaseException, job: ProcrastinateJob
    ) -> procrastinate.RetryDecision | None:
        """None when it has been tried often enough."""
        if job.attempts >= self.most:
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": min(3600, 5 * 4**job.attempts)})


def job(name: str, *, queue_name: str = "desk", retries: int = 5) -> Callable[[Callable[..., Any]], Job]:
    """Declare a function as a job named `feature.verb`; it runs in an application context of its own."""

    def declare(work: Callable[..., Any]) -> Job:
        task = queue.task(name=name, queue=queue_name, retry=Growing(retries))(_in_context(name, work))
        return Job(task, work)

    return declare


def periodic(
    name: str, cron: str, *, queue_name: str = "desk"
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Declare a function to be run by the clock; `cron` may have a sixth field for seconds. Never twice at a time."""

    def declare(work: Callable[[], Any]) -> Callable[[], Any]:
        def tick(timestamp: int) -> None:
            work()

        task = queue.task(name=name, queue=queue_name, lock=name, queueing_lock=name)(_in_context(name, tick))
        queue.periodic(cron=cron)(task)
        return work

    return declare


def _in_context(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def run(**arguments: Any) -> None:
        with _running[-1].app_context():
            try:
                work(**arguments)
            except Exception as error:  # noqa: BLE001  # whatever a job raises is told by its type only
                log_error("job failed", error, job=name)
                # Raised anew without its text, which may quote what a person sent and would be logged by the library.
                raise JobFailed(type(error).__name__) from None

    return run


def run_worker(
    app: Flask, *, wait: bool = True, concurrency: int = 2, queues: list[str] | None = None
) -> None:
    """Work on jobs until stopped by a signal, or with wait=False until none is left that is due."""
    _running.append(app)
    try:
        asyncio.run(_work(app, wait=wait, concurrency=concurrency, queues=queues))
    finally:
        _running.pop()


async def _work(app: Flask, *, wait: bool, concurrency: int, queues: list[str] | None) -> None:
    conninfo = app.extensions["desk_database"].application
    connector = procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=concurrency + 3)
    with queue.replace_connector(connector):
        async with queue.open_async():
            await _sweep()
            before: set[int] = set()
            while True:
                await queue.run_worker_async(
                    wait=wait,
                    concurrency=concurrency,
                    queues=queues or None,  # type: ignore[arg-type]  # None means every queue
                    delete_jobs="successful",
                    install_signal_handlers=wait,
                    shutdown_graceful_timeout=20,
                    fetch_job_polling_interval=2,
                )
                # A worker that does not wait ends as soon as it finds nothing more, while jobs still running then
                # may defer others.
                due = set() if wait else await _due(queues)
                if due <= before:
                    return
                before = due


async def _due(queues: list[str] | None) -> set[int]:
    rows = await queue.connector.execute_query_all_async(
        "SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
        " AND (%(queues)s::text[] IS NULL OR queue_name = ANY (%(queues)s::text[]))",
        queues=queues,
    )
    return {int(row["id"]) for row in rows}


# A worker counts as dead after 30 s without a sign of life; a quarter of a minute later at most its jobs are taken up.
@queue.periodic(cron="* * * * * */15")
@queue.task(
    name="kernel.sweep_stalled",
    queue="desk",
    lock="kernel.sweep_stalled",
    queueing_lock="kernel.sweep_stalled",
)
async def _sweep_stalled(timestamp: int) -> None:
    await _sweep()


async def _sweep() -> None:
    """Give jobs whose worker was killed back to the queue; every job is written to bear being done again."""
    for stalled in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        try:
            await queue.job_manager.retry_job(stalled)
        except UniqueViolation:
            # A periodic job of which the next run waits already. That run does its work, once its lock is let go; given
            # back it would wait twice, and the error would end every worker that starts.
            await queue.job_manager.finish_job(stalled, status=Status.FAILED, delete_job=True)
