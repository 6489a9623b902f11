"""`make run`: the whole desk on a machine of one's own, a line for every step, stopped whole by Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NoReturn

from app.gateways.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from config import LOCAL_SETTINGS, PROJECT, Settings, SettingsError
from demo import prepare
from demo.local_only import NotLocal, insist_on_local
from demo.people import sign_ins
from demo.processes import Child, module, stop
from demo.settings import port_is_free, write_if_missing

WEB_SECONDS = 60.0


class CannotRun(Exception):
    """Raised when the desk cannot be started; the text is one sentence for the person at the terminal."""


class Told(BaseException):
    """Raised by SIGINT, SIGTERM and SIGHUP wherever the runner is."""


class Runner:
    """Starts the parts one after the other, watches them, and takes all of them down again."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.logs = settings.data_dir / "log"
        self.children: list[Child] = []
        self.database: EmbeddedPostgres | None = None
        self.keeper: Child | None = None

    def start(self) -> None:
        """Start everything, and say where to go."""
        settings = self.settings
        step("Database", self._start_database)
        step("Migrations, authority, staff", self._prepare)
        step("Mail server", self._start_mail_server)
        step("Web server", self._start_web)
        step("Worker and intake", self._start_workers)
        step("Sample letters", self._post_samples)
        self.watch_once()
        print(welcome(settings), flush=True)

    def _start_database(self) -> str:
        if not self.settings.embedded_database:
            return "the one of DATABASE_URL"
        self.database = EmbeddedPostgres(self.settings.data_dir)
        self.database.ensure_running()
        command = module("demo.keeper", str(self.settings.data_dir))
        self.keeper = Child("database's keeper", command, self.logs / "keeper.log", outlives_us=True)
        return "PostgreSQL, embedded"

    def _prepare(self) -> str:
        if prepare.is_done(self.settings):
            return "up to date"
        result = subprocess.run(module("demo.prepare"), cwd=PROJECT, capture_output=True, text=True)
        (self.logs / "prepare.log").write_text(result.stdout + result.stderr)
        if result.returncode != 0:
            reason = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1]
            raise CannotRun(
                f"The database could not be prepared: {reason} (more in {self.logs / 'prepare.log'})"
            )
        return "done"

    def _start_mail_server(self) -> str:
        self._start("mail server", module("demo.mail_server"))
        smtp, imap = self.settings.smtp, self.settings.imap
        self._wait(lambda: not port_is_free(smtp.host, smtp.port), "mail server")
        return f"SMTP {smtp.host}:{smtp.port}, IMAP {imap.host}:{imap.port}"

    def _start_web(self) -> str:
        options = ["--workers", "2", "--threads", "4", "--graceful-timeout", "4"]
        options += ["--preload", "--no-control-socket"]
        command = module("gunicorn", *options, "--bind", self.settings.web_bind, "demo.wsgi:app")
        self._start("web server", command)
        self._wait(lambda: answers(f"http://{self.settings.web_bind}/health/live"), "web server")
        return f"gunicorn on {self.settings.web_bind}"

    def _start_workers(self) -> str:
        self._start("worker", module("flask", "jobs", "work"))
        self._start("intake", module("flask", "intake", "run"))
        return "started"

    def _post_samples(self) -> str:
        # Imported here: drawing needs libraries that a second start, which posts nothing, can do without.
        if (self.settings.data_dir / "samples-posted").exists():
            return "posted by an earlier run"
        from demo import samples

        posted = samples.post_first(self.settings)
        return ", ".join(sample.kind for sample in posted)

    def _start(self, name: str, command: list[str]) -> None:
        self.children.append(Child(name, command, self.logs / f"{name.replace(' ', '-')}.log"))

    def _wait(self, is_up: Callable[[], bool], name: str) -> None:
        until = time.monotonic() + WEB_SECONDS
        while not is_up():
            self.watch_once()
            if time.monotonic() > until:
                raise CannotRun(f"The {name} did not answer within {WEB_SECONDS:.0f} s; see {self.logs}.")
            time.sleep(0.05)

    def watch_once(self) -> None:
        """Raise CannotRun when one of the processes has ended."""
        for child in self.children:
            if child.ended:
                raise CannotRun(child.last_words())

    def watch(self) -> NoReturn:
        """Watch until a signal or the end of one of the processes."""
        while True:
            self.watch_once()
            time.sleep(0.2)

    def stop(self) -> None:
        """Take everything down: first who uses the mail server, then that, the database last."""
        stop(self.children[1:])
        stop(self.children[:1])
        if self.database is not None:
            self.database.release()
        if self.keeper is not None and self.keeper.process.stdin is not None:
            self.keeper.process.stdin.close()
            self.keeper.process.wait()


def step(name: str, act: Callable[[], str]) -> None:
    """Do one step and print its name, how it went and how long it took."""
    began = time.monotonic()
    print(f"  {name:<30}", end="", flush=True)
    try:
        said = act()
    except BaseException:
        print("–")
        raise
    print(f"{time.monotonic() - began:5.1f} s  {said}", flush=True)


def answers(url: str) -> bool:
    """Tell whether the address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def welcome(settings: Settings) -> str:
    """What the newcomer reads last: where to go and as whom."""
    file = settings.data_dir / "sign-ins.txt"
    lines = [f"    {p.role:<14}{p.name:<16}{p.email:<26}{p.password}" for p in sign_ins(file)]
    return "\n".join(
        [
            "",
            f"  The desk      {settings.public_url}/",
            f"  Its letters   {settings.public_url}/local/letters",
            "",
            "  Sign in as",
            *lines,
            "",
            "  `make mail` posts another letter, `make reset` starts over, Ctrl-C stops everything.",
        ]
    )


def check_ports(settings: Settings) -> None:
    """Raise CannotRun when somebody else listens where the desk wants to."""
    host, _, port = settings.web_bind.rpartition(":")
    wanted = {
        "WEB_BIND": (host, int(port)),
        "SMTP_PORT": (settings.smtp.host, settings.smtp.port),
        "IMAP_PORT": (settings.imap.host, settings.imap.port),
    }
    for name, place in wanted.items():
        if not port_is_free(*place):
            raise CannotRun(
                f"Port {place[1]} is taken by another program: stop it, or choose another {name} in {LOCAL_SETTINGS}."
            )


@contextlib.contextmanager
def only_runner(data_dir: Path) -> Iterator[None]:
    """Hold the data folder's run lock; it holds our process id for `make reset`."""
    with (data_dir / "run.lock").open("a+") as file:
        _lock(file)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(file: IO[str]) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotRun(
            "The desk of this folder is running already; stop it with Ctrl-C there first."
        ) from error


def _told(number: int, frame: object) -> NoReturn:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Told


def prepared_settings() -> Settings:
    """Write local settings if there are none, read them, and make sure that everything is local and writable."""
    try:
        write_if_missing(LOCAL_SETTINGS)
        settings = Settings.from_env()
        insist_on_local(settings)
        (settings.data_dir / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
        (settings.data_dir / "run.lock").touch(mode=0o600)
    except OSError as error:
        raise CannotRun(f"{error.filename} cannot be written: {error.strerror}.") from error
    return settings


def run() -> None:
    """Start, watch, stop."""
    settings = prepared_settings()
    with only_runner(settings.data_dir):
        check_ports(settings)
        runner = Runner(settings)
        try:
            runner.start()
            runner.watch()
        finally:
            runner.stop()


def main() -> int:
    """Run until told to stop (0) or until something is wrong (1, with a sentence)."""
    os.chdir(PROJECT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _told)
    try:
        run()
    except Told:
        print("\n  Stopped.")
        return 0
    except (CannotRun, NotLocal, SettingsError, EmbeddedPostgresError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
