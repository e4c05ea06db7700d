"""The store of reply bodies: what it keeps in memory, in the file, and at most in all."""

import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.bodies import BodyStore, FiledBody, read_body
from conformance.core.errors import TooManyBytes


@given(st.lists(st.binary(max_size=40), max_size=30), st.integers(0, 60))
def test_every_body_is_read_back(bodies: list[bytes], in_memory: int) -> None:
    """Wherever a body is kept, it is read back as it was, whole and its beginning; the memory has a limit."""
    store = BodyStore(max_in_memory=in_memory)
    kept = [store.keep(body) for body in bodies]
    assert [read_body(each) for each in kept] == bodies
    assert [read_body(each, 3) for each in kept] == [body[:3] for body in bodies]
    assert [len(each) for each in kept] == [len(body) for body in bodies]
    assert sum(len(each) for each in {each for each in kept if isinstance(each, bytes)}) <= in_memory
    assert [store.keep(each) for each in kept] == kept
    store.close()


def test_the_same_body_is_kept_once() -> None:
    """A store that answers alike each time takes the place of one reply, in memory and in the file."""
    store = BodyStore(max_in_memory=3)
    assert store.keep(b"abc") is store.keep(bytes(bytearray(b"abc")))
    first, again, other = (store.keep(body) for body in (b"longer", b"longer", b"another"))
    assert isinstance(first, FiledBody)
    assert isinstance(other, FiledBody)
    assert first == again
    assert other.start == len(b"longer")
    store.close()


def test_a_run_receives_no_more_than_its_limit() -> None:
    """Replies that were received count, also if they are the same; then no more requests are sent."""
    store = BodyStore(max_of_run=1024**2)
    for _ in range(2):
        store.require_room()
        store.receive(b"x" * 600_000)
    with pytest.raises(TooManyBytes, match="1 MB in all"):
        store.require_room()


def test_a_full_temporary_folder_ends_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the file can't be written, the message names the folder, and no more requests are sent."""

    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    store = BodyStore(max_in_memory=0)
    with pytest.raises(TooManyBytes, match="No space left on device"):
        store.receive(b"x")
    with pytest.raises(TooManyBytes):
        store.require_room()
