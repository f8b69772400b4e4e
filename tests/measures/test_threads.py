"""Linear algebra on one thread, and as before afterwards, also where two want in."""

import threading

import pytest
from threadpoolctl import threadpool_info

from hume.measures.threads import one_thread


def blas_threads():
    return sorted(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def test_one_thread_within_and_as_before_afterwards():
    before = blas_threads()
    with one_thread():
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before


def test_a_second_thread_waits_its_turn_and_all_is_as_before():
    before, seen = blas_threads(), []

    def come_in():
        with one_thread():
            seen.append("other")

    other = threading.Thread(target=come_in)
    with one_thread(), one_thread():
        other.start()
        seen.append("first")
        assert set(blas_threads()) <= {1}
    other.join(30)
    assert seen == ["first", "other"]
    assert blas_threads() == before


def test_an_error_restores_it_too():
    before = blas_threads()
    with pytest.raises(RuntimeError), one_thread():
        raise RuntimeError
    assert blas_threads() == before
