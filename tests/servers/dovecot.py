"""Debian's Dovecot on a loopback port, with one user and its mail in a temporary folder.

    with Dovecot() as dovecot:
        uid = dovecot.deliver(raw)
        Mailbox(host="127.0.0.1", port=dovecot.port, security="none", username=dovecot.username, …)

It needs no systemd, as root or not. The mail survives `stop` and `kill_all` until `close`; `start` again brings it
back on the same ports. For tests that need no real server, the demo's pure-Python mail server is `demo/mail_server.py`.
"""

import grp
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

from imapclient import IMAPClient

from tests.servers.certificates import write_certificate
from tests.servers.ports import free_port, wait_for

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"

_SETTINGS = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {system}
default_internal_group = {group}
default_login_user = {system}
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
mail_uid = {system}
mail_gid = {group}
first_valid_uid = 0
first_valid_gid = 0
mailbox_idle_check_interval = 1 s
{oauth}
passdb {{
  driver = static
  args = user={username} password={password}
}}
userdb {{
  driver = static
  args = uid={system} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

_OAUTH = """
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """A running Dovecot; `port` speaks plain and STARTTLS, `tls_port` TLS with the certificate `certificate`."""

    username = "support@xignature.co.id"
    password = "only-for-tests"

    def __init__(self, introspection_url: str = "") -> None:
        """With an address for token introspection (RFC 7662) access tokens sign in too."""
        self._introspection_url = introspection_url
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.port, self.tls_port = free_port(), free_port()
        self.certificate, self._key = write_certificate(self.folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._write_settings()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server and return once it answers; raises RuntimeError with its log when it does not."""
        command = [PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")]
        # Its own process group, so that everything it starts can be ended and nothing else is.
        self._process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        try:
            wait_for(self.port)
        except TimeoutError:
            self.kill_all()
            raise RuntimeError("Dovecot does not start:\n" + self.log()) from None

    def stop(self) -> None:
        """End the server in good order."""
        if self._process:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
        self.kill_all()

    def kill_all(self) -> None:
        """Kill every process of the server at once, as a power cut would."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def close(self) -> None:
        """Stop and delete everything."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, raw: bytes, folder: str = "INBOX") -> None:
        """Put a message into the folder, by IMAP APPEND."""
        with self.client() as client:
            client.append(folder, raw)

    def deliver_many(self, messages: list[bytes], folder: str = "INBOX") -> None:
        """Put messages into the folder over one connection."""
        with self.client() as client:
            for raw in messages:
                client.append(folder, raw)

    def client(self) -> IMAPClient:
        """A signed-in connection for a test's own questions; use it in a with statement."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20)
        # IMAPClient sets 5, which formats every byte that goes by.
        client._imap.debug = 0
        client.login(self.username, self.password)
        return client

    def log(self) -> str:
        """What the server wrote about itself."""
        file = self.folder / "dovecot.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _write_settings(self) -> None:
        system, group = _system_user()
        for name in ("run", "state", "mail", "home"):
            (self.folder / name).mkdir()
        if os.getuid() == 0:
            # Its workers give root up, and a temporary folder is closed to everybody else.
            self.folder.chmod(0o755)
            for name in ("mail", "home"):
                shutil.chown(self.folder / name, system, group)
        settings = _SETTINGS.format(
            folder=self.folder,
            system=system,
            group=group,
            username=self.username,
            password=self.password,
            port=self.port,
            tls_port=self.tls_port,
            ssl="yes",
            oauth=_OAUTH.format(folder=self.folder) if self._introspection_url else "",
            certificate=f"ssl_cert = <{self.certificate}\nssl_key = <{self._key}",
        )
        (self.folder / "dovecot.conf").write_text(settings)
        (self.folder / "oauth2.conf").write_text(_INTROSPECTION.format(url=self._introspection_url))


def _system_user() -> tuple[str, str]:
    """The user that Dovecot's workers become: nobody for root, else whoever runs the tests."""
    entry = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name
