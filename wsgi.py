"""The WSGI entry point: `gunicorn wsgi:app`, and what the `flask` command finds."""

from __future__ import annotations

import sys

from app import create_app
from config import Settings, SettingsError

try:
    app = create_app(Settings.from_env())
except SettingsError as error:
    sys.exit(str(error))
except OSError as error:
    sys.exit(f"{error.filename} cannot be used: {error.strerror}.")
