"""The search for cycles waits while it is told to, and no longer."""

from __future__ import annotations

import gc

import pytest

from hume.garbage import collected_later


def test_collection_waits_within_and_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with collected_later():
        assert not gc.isenabled()
        with collected_later():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the inner one has ended it for the outer one"
    assert gc.isenabled()


def test_an_error_ends_it_too() -> None:
    with pytest.raises(RuntimeError), collected_later():
        raise RuntimeError
    assert gc.isenabled()
