"""Files that go with a letter: read from the vault before it is claimed, so that nothing of it happens in between."""

from __future__ import annotations

from app.gateways.key_store import KeyStoreError
from app.gateways.mailer import OutgoingAttachment
from app.gateways.store import PermanentStoreError
from app.gateways.vault import MissingFile, TamperedFile
from app.kernel.database import db, fetch
from app.letters import lifecycle
from app.letters.models import Letter
from app.vault.keep import read

# What no further try mends: the file is gone, was altered, or its owner was erased.
UNREADABLE = (MissingFile, TamperedFile, KeyStoreError, PermanentStoreError)


def files_of(letter_id: int) -> tuple[OutgoingAttachment, ...]:
    """The files of a letter that waits to be sent, else none. Raises one of UNREADABLE, or TemporaryStoreError."""
    letter = fetch(Letter, letter_id)
    named = [(one.filename, one.media_type, one.file) for one in letter.files]
    if letter.status != lifecycle.QUEUED or not named:
        return ()
    for _name, _type, stored in named:
        db.session.expunge(stored)
    # No connection is held while the store is asked, which may be another machine.
    db.session.remove()
    return tuple(
        OutgoingAttachment(filename=name, media_type=media_type, content=read(stored))
        for name, media_type, stored in named
    )
