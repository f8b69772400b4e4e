"""Adjusted p-values, by hand and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from hume.measures.multiple import benjamini_hochberg, benjamini_yekutieli, holm


def test_by_hand():
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_yekutieli(p) == pytest.approx(np.array([0.02, 0.04, 0.04, 0.02]) * (1 + 1 / 2 + 1 / 3 + 1 / 4))


@pytest.mark.parametrize(("ours", "method"), [(benjamini_hochberg, "bh"), (benjamini_yekutieli, "by")])
def test_scipy_says_the_same(ours, method):
    rng = np.random.default_rng(4)
    for n in (1, 2, 7, 60):
        p = np.round(rng.random(n) ** 3, 2)  # with ties, zeros and ones
        assert ours(p) == pytest.approx(false_discovery_control(p, method=method), abs=1e-12)


def test_holm_rejects_what_its_steps_reject():
    """Holm's own procedure: the smallest against q / m, the next against q / (m - 1), until one fails."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        p, q = rng.random(9) ** 3, 0.05
        rejected = np.zeros(9, bool)
        for step, place in enumerate(np.argsort(p)):
            if p[place] > q / (9 - step):
                break
            rejected[place] = True
        assert np.array_equal(holm(p) <= q, rejected)


def test_holm_keeps_the_chance_of_one_false_finding():
    rng = np.random.default_rng(6)
    false_findings = sum(bool((holm(rng.random(20)) <= 0.05).any()) for _ in range(2000))
    assert false_findings / 2000 == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg, benjamini_yekutieli])
def test_nothing_and_what_is_no_p_value(adjust):
    assert len(adjust([])) == 0
    for wrong in ([0.1, np.nan], [-0.1], [1.1]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust(wrong)
