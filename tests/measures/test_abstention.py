"""The normalised area under the abstention curve: against mteb, and values derived by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hume.measures.abstention import nauc

instances = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.75, 2.0]), st.sampled_from([0.0, 0.25, 1.0])), min_size=1, max_size=30
)


@settings(deadline=None, max_examples=80)
@given(instances)
def test_it_is_mtebs(pairs):
    theirs = pytest.importorskip("mteb._evaluators.retrieval_metrics").nauc
    confidence, values = (np.array(side) for side in zip(*pairs, strict=True))
    expected = theirs(confidence, values)
    found = nauc(confidence, values)
    assert found is None if np.isnan(expected) else found == pytest.approx(expected)


def test_an_oracle_has_1_and_no_knowledge_0():
    values = np.arange(20) / 20
    assert nauc(values, values) == pytest.approx(1)
    assert nauc(np.ones(20), values) == pytest.approx(0)
    assert nauc(-values, values) < 0


def test_where_all_are_equally_good_nothing_can_be_gained():
    assert nauc(np.arange(5.0), np.ones(5)) is None
    assert nauc(np.array([]), np.array([])) is None
