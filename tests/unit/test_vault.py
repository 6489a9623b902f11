"""The vault on a real folder: what opens, what must not, and what survives a crash or a race."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import obstore.store
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.gateways import key_store, store
from app.gateways.key_store import KeyDestroyed, KeyStore, MissingKey, WrongMasterKey
from app.gateways.store import AlreadyStored, FileStore, NotStored, PermanentStoreError, TemporaryStoreError
from app.gateways.vault import INTAKE_OWNER, MissingFile, SealedFile, TamperedFile, Vault
from app.kernel import crypto

MASTER = bytes(range(32))
OWNER = "person-7F3K2"
CONTENT = b"%PDF-1.7 passport of a person " * 50


@dataclass
class Place:
    """A vault and the folders under it."""

    folder: Path
    files: FileStore
    keys: KeyStore
    vault: Vault

    def path_of(self, file: SealedFile) -> Path:
        return self.folder / "files" / file.name[:2] / file.name

    def open(self, owner: str, file: SealedFile) -> bytes:
        return self.vault.open(owner, file.name, file.wrapped_key, file.sha256)


def place_in(folder: Path) -> Place:
    files, keys = FileStore(str(folder / "files")), KeyStore(folder / "owner-keys", MASTER)
    return Place(folder, files, keys, Vault(files, keys))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=3000), owner=st.text(min_size=1, max_size=30))
def test_whatever_is_sealed_for_anyone_comes_back(place: Place, content: bytes, owner: str) -> None:
    file = place.vault.seal(owner, content)
    assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).digest())
    assert place.open(owner, file) == content


def test_nothing_plain_is_on_disk_and_nobody_else_may_look(place: Place) -> None:
    place.vault.seal(OWNER, CONTENT)
    owner_key = place.keys.key(OWNER)
    for path in place.folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"passport" not in raw and owner_key not in raw and OWNER not in str(path)
            assert path.stat().st_mode & 0o077 == 0
    assert (place.folder / "files").stat().st_mode & 0o077 == 0
    assert (place.folder / "owner-keys" / "keys").stat().st_mode & 0o077 == 0


def test_every_altered_byte_is_noticed(place: Place) -> None:
    file = place.vault.seal(OWNER, b"short content")
    path = place.path_of(file)
    sealed = path.read_bytes()
    for position in range(len(sealed)):
        path.write_bytes(sealed[:position] + bytes([sealed[position] ^ 0x80]) + sealed[position + 1 :])
        with pytest.raises(TamperedFile):
            place.open(OWNER, file)


def test_a_file_put_in_the_place_of_another_does_not_open(place: Place) -> None:
    mine, other = place.vault.seal(OWNER, b"mine"), place.vault.seal(OWNER, b"other")
    shutil.copy(place.path_of(other), place.path_of(mine))
    with pytest.raises(TamperedFile):
        place.open(OWNER, mine)
    with pytest.raises(TamperedFile):
        place.vault.open(OWNER, other.name, mine.wrapped_key, mine.sha256)


def test_another_owner_another_digest_and_a_wrong_wrapped_key_do_not_open(place: Place) -> None:
    file = place.vault.seal(OWNER, CONTENT)
    place.keys.create("somebody else")
    with pytest.raises(TamperedFile):
        place.open("somebody else", file)
    with pytest.raises(TamperedFile):
        place.vault.open(OWNER, file.name, file.wrapped_key, bytes(32))
    with pytest.raises(TamperedFile):
        place.vault.open(OWNER, file.name, file.wrapped_key[:-1] + b"\0\0", file.sha256)
    with pytest.raises(MissingKey):
        place.open("nobody", file)


def test_a_copied_key_file_does_not_serve_another_owner(place: Place) -> None:
    file = place.vault.seal(OWNER, CONTENT)
    place.keys.create("thief")
    paths = {path.stem: path for path in place.folder.glob("owner-keys/keys/??/*.key")}
    mine, thief = (paths[key_store._digest(owner)] for owner in (OWNER, "thief"))
    shutil.copy(mine, thief)
    with pytest.raises(TamperedFile):
        place.open("thief", file)
    with pytest.raises(TamperedFile):
        place.vault.seal("thief", b"anything")


def test_a_file_is_handed_over_and_its_row_replaced(place: Place) -> None:
    file = place.vault.seal(INTAKE_OWNER, CONTENT)
    wrapped = place.vault.rewrap(file.name, file.wrapped_key, INTAKE_OWNER, OWNER)
    assert place.vault.open(OWNER, file.name, wrapped, file.sha256) == CONTENT
    with pytest.raises(TamperedFile):
        place.vault.open(INTAKE_OWNER, file.name, wrapped, file.sha256)


def test_a_forgotten_file_is_missing_and_may_be_forgotten_again(place: Place) -> None:
    file = place.vault.seal(OWNER, CONTENT)
    place.vault.forget(file.name)
    place.vault.forget(file.name)
    assert not place.files.exists(file.name)
    with pytest.raises(MissingFile):
        place.open(OWNER, file)


def test_a_destroyed_key_opens_nothing_and_never_comes_back(place: Place) -> None:
    file, kept = place.vault.seal(OWNER, CONTENT), place.vault.seal("another", CONTENT)
    place.keys.destroy(OWNER)
    place.keys.destroy(OWNER)
    for attempt in (
        lambda: place.open(OWNER, file),
        lambda: place.vault.seal(OWNER, b"new"),
        lambda: place.keys.create(OWNER),
        lambda: place.vault.rewrap(kept.name, kept.wrapped_key, "another", OWNER),
    ):
        with pytest.raises(KeyDestroyed) as caught:
            attempt()
        assert OWNER not in str(caught.value)
    assert place.open("another", kept) == CONTENT
    assert len((place.folder / "owner-keys/erasures.list").read_text().splitlines()) == 1


def test_a_restore_applies_the_erasures_again(place: Place, tmp_path: Path) -> None:
    place.vault.seal("another", CONTENT)
    place.vault.seal(OWNER, CONTENT)
    backup = tmp_path / "backup"
    shutil.copytree(tmp_path / "owner-keys" / "keys", backup)
    place.keys.destroy(OWNER)
    shutil.rmtree(tmp_path / "owner-keys" / "keys")
    shutil.copytree(backup, tmp_path / "owner-keys" / "keys")
    assert place.keys.key(OWNER)
    assert place.keys.reapply_erasures() == 1
    assert place.keys.reapply_erasures() == 0
    with pytest.raises(KeyDestroyed):
        place.keys.key(OWNER)
    assert place.keys.key("another")


def test_an_interrupted_destruction_is_finished_by_the_next_call(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.keys.create(OWNER)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda self: (_ for _ in ()).throw(OSError("power cut")))
        with pytest.raises(OSError, match="power cut"):
            place.keys.destroy(OWNER)
        with pytest.raises(OSError, match="power cut"):
            place.keys.rewrap(MASTER)
    assert place.keys.rewrap(crypto.new_key()) == 0
    place.keys.destroy(OWNER)
    assert not list(place.folder.glob("owner-keys/keys/??/*.key"))


def test_a_new_master_key_opens_everything_and_the_old_one_nothing(place: Place) -> None:
    file, new_master = place.vault.seal(OWNER, CONTENT), crypto.new_key()
    assert place.keys.rewrap(new_master) == 1
    assert place.open(OWNER, file) == CONTENT
    with pytest.raises(WrongMasterKey):
        KeyStore(place.folder / "owner-keys", MASTER).key(OWNER)
    assert KeyStore(place.folder / "owner-keys", new_master).key(OWNER) == place.keys.key(OWNER)


def test_an_interrupted_change_of_master_key_is_finished_by_running_it_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_master = crypto.new_key()
    for number in range(5):
        place.keys.create(f"owner {number}")
    real, done = KeyStore._write, list[str]()

    def fails_at_the_third(self: KeyStore, digest: str, wrapped: bytes) -> None:
        if len(done) == 2:
            raise OSError("power cut")
        done.append(digest)
        real(self, digest, wrapped)

    with monkeypatch.context() as patch:
        patch.setattr(KeyStore, "_write", fails_at_the_third)
        with pytest.raises(OSError, match="power cut"):
            place.keys.rewrap(new_master)
    assert place.keys.rewrap(new_master) == 3
    assert all(place.keys.key(f"owner {number}") for number in range(5))


def test_many_at_once_make_one_key(place: Place) -> None:
    start = threading.Barrier(8)

    def make(_: int) -> bytes:
        keys = KeyStore(place.folder / "owner-keys", MASTER)
        start.wait()
        keys.create(OWNER)
        return keys.key(OWNER)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(8)))) == 1
    assert not list(place.folder.rglob("*.draft"))


def test_creating_while_destroying_leaves_no_key(place: Place) -> None:
    def create(owner: str) -> None:
        try:
            place.keys.create(owner)
        except KeyDestroyed:
            return

    for number in range(10):
        owner = f"owner {number}"
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda task: task(), _races(place, create, owner)))
    assert not list(place.folder.glob("owner-keys/keys/??/*.key"))


def _races(place: Place, create: Callable[[str], None], owner: str) -> list[Callable[[], None]]:
    return [lambda: create(owner)] * 3 + [lambda: place.keys.destroy(owner)] + [lambda: create(owner)] * 2


def test_a_name_is_stored_once(place: Place) -> None:
    name = store.new_names(1)[0]
    place.files.put(name, b"first")
    with pytest.raises(AlreadyStored):
        place.files.put(name, b"second")
    assert place.files.get(name) == b"first"
    assert list(place.files.list()) == [name]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 32, "0" * 31, "0" * 32 + "\n"])
def test_only_opaque_names_are_taken(place: Place, name: str) -> None:
    with pytest.raises(PermanentStoreError):
        place.files.put(name, b"")


def test_an_object_store_by_url_behaves_the_same() -> None:
    files, name = FileStore("memory:///"), store.new_names(1)[0]
    files.put(name, b"content")
    with pytest.raises(AlreadyStored):
        files.put(name, b"other")
    assert (files.get(name), files.exists(name), list(files.list())) == (b"content", True, [name])
    files.delete(name)
    files.delete(name)
    with pytest.raises(NotStored):
        files.get(name)


def test_a_store_that_does_not_answer_is_a_temporary_error() -> None:
    files = FileStore("http://127.0.0.1:9/")
    files._objects = obstore.store.from_url(
        "http://127.0.0.1:9/", retry_config={"max_retries": 0}
    )  # nobody listens
    with pytest.raises(TemporaryStoreError):
        files.get(store.new_names(1)[0])


def test_file_and_folders_are_synced_before_put_returns(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    )
    name = store.new_names(1)[0]
    place.files.put(name, b"content")
    root = place.folder / "files"
    assert synced == [str(root), str(root / name[:2] / name), str(root / name[:2])]


def test_files_that_are_sealed_together_are_each_their_own(place: Place) -> None:
    contents = [bytes([number]) * 1_000 for number in range(20)]
    sealed = place.vault.seal_all("person-1", contents)
    assert len({one.name for one in sealed} | {one.wrapped_key for one in sealed}) == 40
    assert len({one.name[:2] for one in sealed}) == 1, "One folder, so that one sync does for all."
    opened = [place.vault.open("person-1", one.name, one.wrapped_key, one.sha256) for one in sealed]
    assert opened == contents and [one.size for one in sealed] == [1_000] * 20
    assert place.vault.seal_all("person-1", []) == []


def test_files_stored_together_are_synced_each_and_their_folder_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    names = store.new_names(3)
    place.files.put(names[0], b"the folder is there")
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    )
    with place.files.together() as put:
        for name in names[1:]:
            put(name, b"content")
    folder = place.folder / "files" / names[0][:2]
    assert synced == [str(folder / names[1]), str(folder / names[2]), str(folder)]


def test_one_of_several_that_cannot_be_stored_fails_them_all(place: Place) -> None:
    taken, free = store.new_names(2)
    place.files.put(taken, b"first")
    with pytest.raises(AlreadyStored), place.files.together() as put:
        put(free, b"content")
        put(taken, b"second")
    assert place.files.get(taken) == b"first"


def test_a_file_that_could_not_be_written_whole_is_not_left_behind(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, content: bytes) -> int:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(TemporaryStoreError):
        place.files.put(store.new_names(1)[0], b"content")
    assert not list(place.files.list())


def test_a_failed_sync_is_never_taken_for_stored(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(TemporaryStoreError):
        place.files.put(store.new_names(1)[0], b"content")


FORKS = """
import os, sys
from app.gateways.store import FileStore, PermanentStoreError, new_names
files = FileStore(sys.argv[1])
def child(expected):
    pid = os.fork()
    if not pid:
        try:
            files.put(new_names(1)[0], b"content"); outcome = 1
        except PermanentStoreError:
            outcome = 2
        os._exit(outcome)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == expected
child(1)
files.put(new_names(1)[0], b"content")
child(2)
"""


def test_a_fork_before_the_first_use_works_and_one_after_it_is_refused_instead_of_hanging(
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-c", FORKS, str(tmp_path / "files")], check=True, timeout=30)
