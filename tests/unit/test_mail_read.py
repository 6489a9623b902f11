"""`flask mail read`: one JSON object a line for each mail, whatever it contains, where nothing else is set up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from app.conversations.commands import mail, reading_only
from config import PROJECT

KEYS = [
    "file", "message_id", "in_reply_to", "references", "from", "to", "cc", "reply_to", "subject", "sent_at", "text", "html",
    "attachments", "automatic", "bounce", "defects",
]  # fmt: skip
RAW = (
    b"From: =?utf-8?Q?J=C3=B6rg?= <j@example.org>\r\nTo: s@example.org\r\nSubject: Papers\r\nMessage-ID: <one@example.org>\r\n"
    b"References: <a@b> <c@d>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0700\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    + "line\u2028separator".encode()
)


def lines(output: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.splitlines()]


def test_one_object_a_line_with_exactly_these_keys(tmp_path: Path) -> None:
    whole, hostile = tmp_path / "whole.eml", tmp_path / "hostile.eml"
    whole.write_bytes(RAW)
    hostile.write_bytes(bytes(range(256)) * 50)

    result = reading_only().test_cli_runner().invoke(mail, ["read", str(whole), str(hostile)])

    first, second = lines(result.stdout)
    assert result.exit_code == 0
    assert list(first) == list(second) == KEYS
    assert first["from"] == [{"name": "Jörg", "address": "j@example.org"}]
    assert (first["sent_at"], first["text"]) == ("2026-03-02T03:00:00Z", "line\u2028separator")
    assert (first["message_id"], first["references"]) == ("<one@example.org>", ["<a@b>", "<c@d>"])


def test_a_file_that_is_not_there_is_told_after_the_others(tmp_path: Path) -> None:
    there = tmp_path / "a.eml"
    there.write_bytes(RAW)

    result = (
        reading_only()
        .test_cli_runner()
        .invoke(mail, ["read", str(tmp_path / "gone"), str(there), str(tmp_path)])
    )

    assert [one["file"] for one in lines(result.stdout)] == [str(there)]
    assert result.exit_code == 1
    assert [line.rpartition(": ")[2] for line in result.stderr.splitlines()] == [
        "No such file or directory.",
        "Is a directory.",
    ]


def test_the_standard_input_is_a_mail_too() -> None:
    result = reading_only().test_cli_runner().invoke(mail, ["read", "-"], input=RAW)

    assert lines(result.stdout)[0]["subject"] == "Papers"


def test_it_needs_neither_settings_nor_a_database(tmp_path: Path) -> None:
    """As a process of its own, with no setting at all and a wrong one, it prints and starts nothing."""
    file = tmp_path / "a.eml"
    file.write_bytes(RAW)
    environment = {"PATH": os.environ["PATH"], "DESK_MODE": "production", "DATA_DIR": str(tmp_path / "data")}
    flask = [str(Path(sys.executable).parent / "flask"), "mail", "read", str(file)]

    done = subprocess.run(flask, cwd=PROJECT, env=environment, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert lines(done.stdout)[0]["subject"] == "Papers"
    assert not (tmp_path / "data").exists()
