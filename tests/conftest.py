"""What every test can ask for. The fixtures live in tests/fixtures, one subject a file; CONTRIBUTING.md lists them."""

from __future__ import annotations

pytest_plugins = [
    "tests.fixtures.network",
    "tests.fixtures.database",
    "tests.fixtures.mail",
    "tests.fixtures.dovecot",
    "tests.fixtures.desk",
    "tests.fixtures.people",
    "tests.fixtures.browser",
    "tests.fixtures.live",
]
