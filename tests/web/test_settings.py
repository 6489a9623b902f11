"""Settings: every problem at once, nothing risky by accident, no value in what is said."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from config import Settings, SettingsError

KEY = base64.b64encode(b"k" * 32).decode()
GOOD = {
    "DESK_MODE": "production",
    "DATA_DIR": "/srv/desk",
    "PUBLIC_URL": "https://desk.xignature.example",
    "SECRET_KEY": "s" * 40,
    "PASSWORD_SALT": "p" * 40,
    "TOKEN_KEY": KEY,
    "MASTER_KEY": KEY,
    "TRAIL_KEY": KEY,
    "IMAP_HOST": "imap.xignature.example",
    "SMTP_HOST": "smtp.xignature.example",
}


def problems(changes: dict[str, str], file: Path = Path("/nonexistent")) -> list[str]:
    """What is wrong with good settings after these changes; an empty value takes one out."""
    try:
        Settings.from_env({**GOOD, **changes}, file=file)
    except SettingsError as error:
        return str(error).splitlines()[1:]
    return []


def test_good_settings_are_taken_with_safe_defaults() -> None:
    settings = Settings.from_env(GOOD, file=Path("/nonexistent"))

    assert (settings.imap.security, settings.imap.port, settings.smtp.port) == ("tls", 993, 587)
    assert settings.secure and settings.embedded_database


def test_every_problem_is_told_at_once_and_no_value_with_it() -> None:
    found = problems(
        {
            "DATA_DIR": "",
            "SECRET_KEY": "hush-hush",
            "TOKEN_KEY": "not base64!",
            "PUBLIC_URL": "http://desk.xignature.example",
            "IMAP_SECURITY": "none",
            "SMTP_PORT": "many",
            "LINK_HOURS": "0",
        }
    )

    assert len(found) == 7
    named = [line.split()[1].partition("=")[0] for line in found]
    assert sorted(named) == [
        "DATA_DIR", "IMAP_SECURITY", "LINK_HOURS", "PUBLIC_URL", "SECRET_KEY", "SMTP_PORT", "TOKEN_KEY",
    ]  # fmt: skip
    assert "hush" not in "".join(found)


@pytest.mark.parametrize("name", [name for name in GOOD if name != "DATA_DIR"])
def test_nothing_that_matters_has_a_default(name: str) -> None:
    assert any(name in line for line in problems({name: ""}))


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://10.0.0.1", False),
        ("http://localhost.evil.example", False),
        ("http://0.0.0.0:8080", False),
        ("https://desk.xignature.example/", True),
        ("https://desk.xignature.example/desk", False),
        ("ftp://desk.xignature.example", False),
        ("desk.xignature.example", False),
        ("https://[::1", False),
        ("https://desk.xignature.example:many", False),
        ("https://desk.xignature.example:99999", False),
    ],
)
def test_plain_http_is_for_loopback_only(address: str, fine: bool) -> None:
    assert (problems({"PUBLIC_URL": address}) == []) is fine


@pytest.mark.parametrize("prefix", ["IMAP", "SMTP"])
@pytest.mark.parametrize(
    ("host", "fine"), [("127.0.0.1", True), ("localhost", True), ("mail.example", False)]
)
def test_mail_without_encryption_is_for_loopback_only(prefix: str, host: str, fine: bool) -> None:
    assert (problems({f"{prefix}_HOST": host, f"{prefix}_SECURITY": "none"}) == []) is fine


def test_the_local_file_counts_for_local_mode_only(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text(
        "# written by make install\nIMAP_USERNAME = from-file\nSUPPORT_ADDRESS=file@xignature.example\n"
    )

    local = Settings.from_env(
        {**GOOD, "DESK_MODE": "local", "SUPPORT_ADDRESS": "env@xignature.example"}, file=file
    )
    production = Settings.from_env(GOOD, file=file)

    assert (local.imap.username, local.support_address) == ("from-file", "env@xignature.example")
    assert (production.imap.username, production.support_address) == ("", "support@xignature.co.id")


def test_the_file_cannot_turn_production_on_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("".join(f"{name}={value}\n" for name, value in GOOD.items()))

    assert Settings.from_env({}, file=file).mode == "production"
    with pytest.raises(SettingsError):
        Settings.from_env({"DESK_MODE": "production"}, file=file)


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("SMTP_PORT", "65535", True),
        ("SMTP_PORT", "65536", False),
        ("INTAKE_POLL_SECONDS", "nan", False),
        ("INTAKE_POLL_SECONDS", "inf", False),
        ("TRUSTED_PROXIES", "0", True),
        ("TRUSTED_PROXIES", "-1", False),
        ("WEB_BIND", "0.0.0.0:80", True),
        ("WEB_BIND", "[::1]:8080", True),
        ("WEB_BIND", "8080", False),
        ("WEB_BIND", "127.0.0.1:http", False),
        ("DATABASE_URL", "postgresql://desk@db.example/desk", True),
        ("DATABASE_URL", "rubbish", False),
        ("SUPPORT_ADDRESS", "help+desk@mail.example", True),
        ("SUPPORT_ADDRESS", "support", False),
        ("SUPPORT_ADDRESS", "Support <support@mail.example>", False),
        ("ACTIVATION_SENDER", "a@mail.example, b@mail.example", False),
    ],
)
def test_numbers_and_addresses_have_bounds(name: str, value: str, fine: bool) -> None:
    assert [line.split()[1] for line in problems({name: value})] == ([] if fine else [name])


@pytest.mark.parametrize(
    ("name", "value", "fine"),
    [
        ("WORKING_HOURS", "Mon-Thu 08:30-12:00 13:00-17:00, Fri 08:30-16:30", True),
        ("WORKING_HOURS", "Mon-Thu 8.30-17.00", False),
        ("WORKING_ZONE", "Asia/Makassar", True),
        ("WORKING_ZONE", "Asia/Atlantis", False),
        ("JOINT_LEAVE", "open", True),
        ("JOINT_LEAVE", "perhaps", False),
        ("EXTRA_HOLIDAYS", "2026-12-31, 2027-01-04", True),
        ("EXTRA_HOLIDAYS", "31 December", False),
        ("EXTRA_WORKING_DAYS", "2026-02-30", False),
        ("FIRST_ANSWER_HOURS", "0.5", True),
        ("NEXT_ANSWER_HOURS", "0", False),
        ("NEXT_ANSWER_HOURS", "1001", False),
    ],
)
def test_working_time_is_read_or_told(name: str, value: str, fine: bool) -> None:
    found = problems({name: value})

    assert [line.split()[1] for line in found] == ([] if fine else [name])
    assert fine or value not in found[0]


def test_no_day_is_open_and_closed() -> None:
    both = {
        "EXTRA_HOLIDAYS": "2026-12-30,2026-12-31",
        "EXTRA_WORKING_DAYS": "2026-12-31",
        "WORKING_HOURS": "x",
    }

    assert len(problems(both)) == 2


def test_slips_of_the_pen_in_the_file_are_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("SMTP_PROT=25\n\nhush\nexport LINK_HOURS=3\n# a remark\n")

    found = problems({"DESK_MODE": "local"}, file)

    assert len(found) == 3 and "hush" not in "".join(found)
    assert "Line 3" in found[0] and "SMTP_PROT" in found[1] and "export LINK_HOURS" in found[2]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_bytes(b"SUPPORT_ADDRESS=\xe9@xignature.example\n")

    with pytest.raises(SettingsError, match="cannot be read as text"):
        Settings.from_env({}, file=file)


MORE = {
    "MAILBOXES": "hr, Billing",
    "MAILBOX_HR_HOST": "imap.hr.example",
    "MAILBOX_HR_USERNAME": "hr@xignature.example",
    "MAILBOX_HR_AFTER": "move:Done",
    "MAILBOX_BILLING_HOST": "outlook.office365.example",
    "MAILBOX_BILLING_USERNAME": "billing@xignature.example",
    "MAILBOX_BILLING_OAUTH_TOKEN_URL": "https://login.example/token",
    "MAILBOX_BILLING_OAUTH_CLIENT_ID": "desk",
    "MAILBOX_BILLING_OAUTH_REFRESH_TOKEN": "r" * 40,
    "MAILBOX_BILLING_OAUTH_EXPIRES_ON": "2027-06-30",
}


def test_several_mailboxes_are_read() -> None:
    settings = Settings.from_env({**GOOD, **MORE}, file=Path("/nonexistent"))

    support, hr, billing = settings.mailboxes
    assert (support.name, support.server, support.folder) == ("support", settings.imap, "INBOX")
    assert (hr.after.what, hr.after.where, hr.tokens) == ("move", "Done", None)
    assert hr.ledger_name == "hr@xignature.example@imap.hr.example/INBOX"
    assert billing.tokens and str(billing.tokens.expires_on) == "2027-06-30"
    assert "rrrr" not in repr(settings.mailboxes), "A secret is not shown by accident."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"MAILBOXES": "hr,hr"}, "different names"),
        ({"MAILBOXES": "support"}, "different names"),
        ({"MAILBOXES": "h r"}, "different names"),
        ({"MAILBOXES": "hr"}, "does not name billing"),
        ({"MAILBOX_HR_HOST": ""}, "MAILBOX_HR_HOST is missing"),
        ({"MAILBOX_HR_AFTER": "delete"}, "MAILBOX_HR_AFTER must be"),
        ({"MAILBOX_HR_AFTER": "keyword:two words"}, "MAILBOX_HR_AFTER must be"),
        ({"MAILBOX_HR_AFTER": "move:INBOX"}, "MAILBOX_HR_AFTER must be"),
        (
            {"MAILBOX_HR_HOST": "imap.xignature.example", "MAILBOX_HR_USERNAME": ""},
            "the same folder of the same account",
        ),
        ({"MAILBOX_BILLING_PASSWORD": "p"}, "two ways to sign in"),
        ({"MAILBOX_BILLING_OAUTH_CLIENT_ID": ""}, "CLIENT_ID is missing"),
        ({"MAILBOX_BILLING_OAUTH_TOKEN_URL": "http://login.example/token"}, "must be an https address"),
        ({"MAILBOX_BILLING_OAUTH_TOKEN_URL": "http://localhost/token"}, "must be an https address"),
        ({"MAILBOX_BILLING_OAUTH_MECHANISM": "PLAIN"}, "XOAUTH2 or OAUTHBEARER"),
        ({"MAILBOX_BILLING_OAUTH_EXPIRES_ON": "next year"}, "a day such as"),
        ({"IMAP_OAUTH_SCOPE": "mail"}, "IMAP_OAUTH_TOKEN_URL is missing"),
        ({"IMAP_AFTER": "move:"}, "IMAP_AFTER must be"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN is too short"),
    ],
)
def test_what_is_wrong_with_mailboxes_is_told(changes: dict[str, str], said: str) -> None:
    assert any(said in line for line in problems({**MORE, **changes}))


def test_filed_mail_is_never_moved_to_where_it_is_read() -> None:
    where = {"MAILBOX_HR_HOST": GOOD["IMAP_HOST"], "MAILBOX_HR_USERNAME": "", "MAILBOX_HR_FOLDER": "HR"}
    assert any(
        "moved to a folder that is read" in line
        for line in problems({**MORE, **where, "IMAP_AFTER": "move:HR"})
    )


def test_every_problem_of_several_mailboxes_is_told_at_once() -> None:
    changes = {"MAILBOX_HR_HOST": "", "MAILBOX_HR_AFTER": "x", "MAILBOX_BILLING_OAUTH_CLIENT_ID": ""}
    assert len(problems({**MORE, **changes})) == 3
