"""/metrics for Prometheus: off unless METRICS_TOKEN is set, and only for whoever presents it. Numbers, no people."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from app.desk import counts
from app.intake.condition import Condition, conditions
from app.kernel.access import public
from app.kernel.clock import now
from app.kernel.errors import NotFound


class Desk:
    """What is measured, read anew at each request; every process of the desk gives the same answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        yield from _mailboxes(conditions())
        for name, words, count in (
            ("desk_quarantined_messages", "Mail that could not be filed", counts.quarantined_mail()),
            ("desk_letters_in_trouble", "Letters that failed or are in doubt", counts.letters_in_trouble()),
            ("desk_jobs_stuck", "Jobs that failed or that nobody does", counts.jobs_stuck()),
            ("desk_jobs_stalled", "Jobs of a worker that fell silent", counts.jobs_stalled()),
        ):
            yield GaugeMetricFamily(name, words, value=count)


def _mailboxes(found: list[Condition]) -> Iterator[GaugeMetricFamily]:
    success = GaugeMetricFamily(
        "desk_mailbox_last_success_age_seconds", "Time since the mailbox was last visited", labels=["mailbox"]
    )
    missing = GaugeMetricFamily(
        "desk_mailbox_missing_messages", "Messages on the server that were not taken in", labels=["mailbox"]
    )
    well = GaugeMetricFamily("desk_mailbox_well", "1 when nothing is to be said of it", labels=["mailbox"])
    for one in found:
        name, seen = [one.which.name], one.state.last_success_at
        if seen is not None:
            success.add_metric(name, (now() - seen).total_seconds())
        missing.add_metric(name, one.state.missing)
        well.add_metric(name, one.worst.tone == "good")
    yield from (success, missing, well)


@public
def metrics() -> Response:
    """The page; without the token it is not there."""
    token = str(current_app.extensions["desk_settings"].metrics_token)
    given = request.headers.get("Authorization", "").partition("Bearer ")[2]
    if not token or not hmac.compare_digest(token.encode(), given.encode()):
        raise NotFound
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Desk())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def init_app(app: Flask) -> None:
    """Add the address."""
    app.add_url_rule("/metrics", "metrics", metrics, methods=["GET"])
