"""Sample sizes: simulated and by formula against what textbooks have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from hume.measures import precision


@pytest.fixture
def normal():
    return np.random.default_rng(1).normal(0, 2, 20_000)


def test_half_width_of_normal_deviations_is_the_textbook_s_within_its_error(normal):
    value, error = precision.half_width(normal)
    assert error < 0.05
    assert abs(value - 1.96 * 2) < 4 * error


def test_the_monte_carlo_error_is_that_of_repeated_simulations():
    rng = np.random.default_rng(2)
    found = np.array([precision.half_width(rng.normal(size=1000)) for _ in range(300)])
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.3)


def test_power_is_the_z_test_s_and_a_gap_of_nothing_has_the_false_findings_of_one_side(normal):
    assert precision.power(normal, (1.96 + 0.8416) * 2)[0] == pytest.approx(0.8, abs=0.02)
    assert precision.power(normal, 0.0)[0] == pytest.approx(0.025, abs=0.005)
    assert precision.power(-normal, 3.0)[0] == pytest.approx(norm.sf(1.96 - 1.5), abs=0.02)


def test_what_does_not_vary_or_is_mostly_undefined_has_neither_width_nor_power():
    for deviations in (np.zeros(100), np.full(100, np.nan), np.r_[np.full(60, np.nan), np.arange(40.0)]):
        assert precision.half_width(deviations) is None
        assert precision.power(deviations, 1.0) is None


def test_first_size_lies_on_the_power_law_between_two_sizes():
    sizes = [10, 40, 160]
    assert precision.first_size(sizes, [n**-0.5 for n in sizes], 0.1) == 100
    assert precision.first_size(sizes, [0.1, 0.1, 0.1], 0.2) == 10
    assert precision.first_size(sizes, [0.3, 0.2, 0.15], 0.1) is None
    assert precision.first_size(sizes, [None, 0.2, 0.05], 0.2) == 40
    assert precision.first_size(sizes, [0.05, 0.2, 0.05], 0.1) == 80


def test_spearman_half_width_covers_simulated_correlations():
    rng = np.random.default_rng(3)
    rho, n, k = 0.7, 60, 4000
    x = rng.normal(size=(k, n))
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(k, n))
    ranks = [side.argsort(axis=1).argsort(axis=1) for side in (x, y)]
    found = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(*ranks, strict=True)])
    low, high = np.quantile(found, [0.025, 0.975])
    assert precision.spearman_half_width(found.mean(), n) == pytest.approx((high - low) / 2, rel=0.07)
    assert precision.spearman_half_width(0.5, 3) is None
    assert precision.spearman_half_width(1.0, 30) is None


def test_no_mean_from_0_to_1_varies_more_than_the_bound():
    values = np.random.default_rng(4).beta(2, 1, 10_000)
    assert values.std() / 10 < precision.bounded_error(values.mean(), 100)
    assert precision.bounded_error(0.5, 100) == 0.05
