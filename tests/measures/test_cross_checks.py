"""Coefficients against other people's implementations, on random answers with some missing."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from hume.measures.gwet import gwet_resampled
from hume.measures.icc import icc2_resampled
from hume.measures.kappa import cohen, disagreements, fleiss_kappa
from hume.measures.krippendorff import alpha
from hume.measures.resampling import Resamples

SEEDS = range(5)
#: irrCAC needs another numpy than ours: what it computed lies in a file, with the ratings that it was given.
IRRCAC = json.loads(Path(__file__).with_name("irrcac.json").read_text("utf-8"))["cases"]


def random_codes(seed, missing=0.25, raters=4, items=25, values=4):
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, values, items)
    codes = np.where(rng.random((raters, items)) < 0.5, gold, rng.integers(0, values, (raters, items))).astype(float)
    codes[rng.random(codes.shape) < missing] = np.nan
    return codes


@pytest.mark.parametrize("case", IRRCAC, ids=lambda case: case["weights"])
def test_gwet_s_and_krippendorff_s_are_irrcac_s(case):
    codes = np.array(case["codes"], dtype=float)
    ours = gwet_resampled(codes, 4, case["weights"], Resamples(codes.shape[1]))[0]
    assert ours == pytest.approx(case["gwet"], abs=1e-9)
    if level := {"identity": "nominal", "quadratic": "interval"}.get(case["weights"]):
        assert alpha(codes, level).value == pytest.approx(case["krippendorff"], abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_fleiss_is_statsmodels(seed):
    codes = random_codes(seed, missing=0).astype(int)
    expected = statsmodels_fleiss(aggregate_raters(codes.T)[0], method="fleiss")
    assert fleiss_kappa(codes.T.tolist()) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("weighting", ["identity", "linear", "quadratic"])
def test_weighted_cohen_is_statsmodels(seed, weighting):
    a, b = random_codes(seed, missing=0, raters=2)
    table = np.zeros((4, 4))
    np.add.at(table, (a.astype(int), b.astype(int)), 1)
    weights = None if weighting == "identity" else disagreements(4, weighting)
    ours = cohen(disagreements(4, weighting))(a, b, np.ones((1, len(a))))[0]
    assert ours == pytest.approx(cohens_kappa(table, weights=weights, return_results=False), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_intraclass_correlations_are_pingouin_s(seed):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(4, 15)) + rng.normal(size=15) + rng.normal(size=(4, 1))
    scores[rng.random(scores.shape) < 0.05] = np.nan
    long = pd.DataFrame(
        [(item, rater, scores[rater, item]) for rater in range(4) for item in range(15)],
        columns=["item", "rater", "score"],
    )
    table = pingouin.intraclass_corr(long, "item", "rater", "score", nan_policy="omit").set_index("Type")["ICC"]
    single, average = (values[0] for values in icc2_resampled(scores, Resamples(15)))
    assert single == pytest.approx(table["ICC(A,1)"], abs=1e-9)
    assert average == pytest.approx(table["ICC(A,k)"], abs=1e-9)
