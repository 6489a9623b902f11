"""Where the database is: what the settings name, or the embedded PostgreSQL, started when it is first needed."""

from __future__ import annotations

import atexit
import functools

from app.gateways.embedded_postgres import EmbeddedPostgres, Urls
from config import Settings


class DatabasePlace:
    """Connection strings (libpq) of the two roles; reading one starts the embedded server if that is the one in use."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def application(self) -> str:
        """For web, worker and intake: the role that can only insert into the trail."""
        return _libpq(self._urls.application)

    @property
    def owner(self) -> str:
        """For migrations only."""
        return _libpq(self._urls.owner)

    @functools.cached_property
    def _urls(self) -> Urls:
        if not self._settings.embedded_database:
            return Urls(
                application=self._settings.database_url,
                owner=self._settings.database_owner_url or self._settings.database_url,
            )
        server = EmbeddedPostgres(self._settings.data_dir)
        atexit.register(server.release)
        return server.ensure_running()


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
