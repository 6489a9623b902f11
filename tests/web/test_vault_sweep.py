"""What a killed process left in the vault: found, and removed when somebody says so."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from app.gateways import gateways
from app.kernel.database import db
from app.vault.keep import keep, read
from config import Settings


def made_old(settings: Settings, name: str) -> Path:
    """Let the file be from last year."""
    path = settings.vault_dir / name[:2] / name
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 365 * 24 * 3600))
    return path


def test_only_old_files_without_a_row_are_swept(app: Flask, settings: Settings) -> None:
    with app.app_context():
        kept = keep("person-1", b"named by a row")
        db.session.commit()
        orphan = gateways().vault.seal("person-1", b"its row was never committed")
        young = gateways().vault.seal("person-1", b"its row may be on the way")
        made_old(settings, kept.name)
        path = made_old(settings, orphan.name)
        runner = app.test_cli_runner()
        assert runner.invoke(args=["vault", "sweep"]).output == (
            "1 files belong to nothing; --delete removes them.\n"
        )
        assert path.exists()
        assert runner.invoke(args=["vault", "sweep", "--delete"]).output == "1 files removed.\n"
        assert not path.exists() and read(kept) == b"named by a row"
        assert gateways().vault.open("person-1", young.name, young.wrapped_key, young.sha256)
        assert runner.invoke(args=["vault", "sweep", "--delete"]).output == "0 files removed.\n"
