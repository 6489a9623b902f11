"""Migrates an empty embedded database and lets Alembic compare it with the models."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app.gateways.embedded_postgres import EmbeddedPostgres  # noqa: E402


def main() -> int:
    """Return the exit code of the first command that fails."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        try:
            urls = server.ensure_running()
            place = {"DATABASE_URL": urls.application, "DATABASE_OWNER_URL": urls.owner, "DATA_DIR": folder}
            for words in (["db", "upgrade"], ["db", "check"]):
                command = [sys.executable, "-m", "flask", *words]
                code = subprocess.run(command, cwd=PROJECT, env=os.environ | place).returncode
                if code != 0:
                    return code
        finally:
            server.destroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
