"""The WSGI entry point: `gunicorn wsgi:app`, and what the `flask` command finds."""

from __future__ import annotations

import sys
from pathlib import Path

from app import create_app
from app.conversations.commands import reading_only
from config import Settings, SettingsError


def _only_reads_mail() -> bool:
    """True for `flask mail …`, which works without settings and opens nothing that a setting names."""
    return Path(sys.argv[0]).name in ("flask", "__main__.py") and sys.argv[1:2] == ["mail"]


try:
    app = reading_only() if _only_reads_mail() else create_app(Settings.from_env())
except SettingsError as error:
    sys.exit(str(error))
except OSError as error:
    sys.exit(f"{error.filename} cannot be used: {error.strerror}.")
