"""Whether this process answers at all, for whoever watches it; says nothing about anything else."""

from __future__ import annotations

from flask import Flask, Response

from app.kernel.access import public


@public
def live() -> Response:
    """`ok`, without a look at the database."""
    return Response("ok\n", mimetype="text/plain")


def init_app(app: Flask) -> None:
    """Add the address."""
    app.add_url_rule("/health/live", "live", live, methods=["GET"])
