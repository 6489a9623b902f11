"""How fast mail comes in: Dovecot on loopback to committed rows, against two limits measured in the same run.

Received: fetched, encrypted, on the disk, committed with the job that files it, by one process; the limits are (a) the
standard library fetching the same mailbox and keeping nothing, (b) a script that fetches, encrypts, fsyncs and inserts,
one message after the other. Filed: parsed, documents encrypted and on the disk, rows committed, by two processes; the limit
is the same parser alone in two processes. Everybody takes turns, because the disk is several times faster in one
minute than in the next; the ratios are medians over the rounds. Run with `python -m bench.intake [--full]`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from app.gateways.embedded_postgres import EmbeddedPostgres
from bench.mails import desk, peers, samples
from bench.mails.processes import Worker, together
from config import MailServer
from tests.servers.dovecot import Dovecot

ROUNDS = 4
KINDS: dict[str, tuple[Callable[[int], bytes], int, int]] = {
    "dossiers": (samples.dossier, 200, 500),
    "plain": (samples.plain, 1_000, 2_000),
}


class Bench:
    """The processes of one kind of mail, and the seconds that each leg took in each round."""

    def __init__(self, folder: Path, mails: list[bytes], server: Dovecot) -> None:
        self.folder, self.mails, self.server = folder, mails, server
        (folder / "desk").mkdir()
        self.postgres = EmbeddedPostgres(folder / "desk")
        self.settings = desk.settings_of(folder / "desk", self.postgres.ensure_running(), imap_of(server))
        app = desk.create_app(self.settings)
        desk.migrate(app)
        self.owner = app.extensions["desk_database"].owner
        self.peer = Worker()
        self.intake = Worker(desk.create_app, self.settings)
        self.filers = [Worker(desk.create_app, self.settings) for _ in range(2)]
        self.parsers = [Worker(list, mails[number::2]) for number in range(2)]
        self.seconds: dict[str, list[float]] = {
            name: [] for name in ("fetch", "keep", "receive", "parse", "file")
        }

    def round(self, number: int) -> None:
        """Everybody once; who goes first changes from round to round."""
        desk.empty(self.owner)
        takers = [self.fetch, self.keep, self.receive]
        for act in takers if number % 2 else takers[::-1]:
            act()
        for act in [self.parse, self.file] if number % 2 else [self.file, self.parse]:
            act()
        for stored in self.settings.vault_dir.glob("??/*"):
            stored.unlink()

    def fetch(self) -> None:
        """Limit (a)."""
        self.note("fetch", self.peer.do(peers.fetch_only, self.server.port, self.server.password))

    def keep(self) -> None:
        """Limit (b)."""
        folder = self.folder / "peer"
        where = (self.server.port, self.server.password, folder, self.owner)
        self.note("keep", self.peer.do(peers.fetch_and_keep, *where))
        shutil.rmtree(folder)

    def receive(self) -> None:
        """The desk's reception."""
        self.note("receive", self.intake.do(desk.receive))

    def note(self, name: str, done: Any) -> None:
        """Remember how long a leg took."""
        assert done.value == len(self.mails), f"{name}: {done.value} of {len(self.mails)} mails"
        self.seconds[name].append(done.ended - done.began)

    def parse(self) -> None:
        """The limit of filing."""
        self.seconds["parse"].append(together(self.parsers, peers.parse_only)[0])

    def file(self) -> None:
        """The desk's two workers."""
        self.seconds["file"].append(together(self.filers, desk.file)[0])
        assert self.intake.do(desk.filed).value == len(self.mails), "not every mail was filed"

    def figures(self) -> dict[str, Any]:
        """Messages a second, medians of the ratios, megabytes."""
        return {
            "messages": len(self.mails),
            "per_second": {
                name: round(len(self.mails) / median(taken), 1) for name, taken in self.seconds.items()
            },
            "received_of_bare_fetch": self.ratio("fetch", "receive"),
            "received_of_sequential": self.ratio("keep", "receive"),
            "filed_of_bare_parse": self.ratio("parse", "file"),
            "peak_megabytes": {
                "intake": round(self.intake.peak_megabytes()),
                "workers": [round(worker.peak_megabytes()) for worker in self.filers],
            },
        }

    def ratio(self, limit: str, ours: str) -> float:
        """How much of the limit's rate ours reaches."""
        pairs = zip(self.seconds[limit], self.seconds[ours], strict=True)
        return round(median(theirs / our for theirs, our in pairs), 3)

    def close(self) -> None:
        """End every process and the database."""
        for worker in (self.peer, self.intake, *self.filers, *self.parsers):
            worker.close()
        self.postgres.destroy()


def imap_of(server: Dovecot) -> MailServer:
    """Where the desk finds the mailbox."""
    return MailServer(
        host="127.0.0.1",
        port=server.port,
        security="none",
        username=server.username,
        password=server.password,
    )


def measure(mails: list[bytes], rounds: int) -> dict[str, Any]:
    """One kind of mail, from delivery to figures. A first round, which warms everybody up, is not counted."""
    folder = Path(tempfile.mkdtemp(prefix="bench-intake-"))
    with Dovecot() as server:
        server.deliver_many(mails)
        bench = Bench(folder, mails, server)
        try:
            for number in range(rounds + 1):
                bench.round(number)
                if number == 0:
                    bench.seconds = {name: [] for name in bench.seconds}
                print(
                    {name: [round(x, 2) for x in taken] for name, taken in bench.seconds.items()},
                    file=sys.stderr,
                )
            return bench.figures()
        finally:
            bench.close()
            shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure both kinds and print one line of JSON."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--full", action="store_true", help="500 dossiers and 2,000 plain mails")
    asked.add_argument("--rounds", type=int, default=ROUNDS)
    asked.add_argument("--count", type=int, default=0, help="so many of each instead")
    asked.add_argument("--only", choices=list(KINDS), default=None)
    options = asked.parse_args()
    figures = {}
    for kind, (make, some, many) in KINDS.items():
        if options.only in (None, kind):
            mails = [make(number) for number in range(options.count or (many if options.full else some))]
            figures[kind] = measure(mails, options.rounds)
    print(json.dumps({"name": "intake", "figures": figures}))


if __name__ == "__main__":
    main()
