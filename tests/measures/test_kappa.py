"""Kappas: the published table of Fleiss 1971, scikit-learn, and values derived by hand."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from hume.measures.kappa import cohen_kappa, fleiss_kappa, percentage_agreement

steady = settings(deadline=None, max_examples=80)
label = st.sampled_from(["joy", "anger", "fear"])
pairs = st.lists(st.tuples(label, label), min_size=1, max_size=20)
tables = st.integers(2, 5).flatmap(
    lambda raters: st.lists(st.lists(label, min_size=raters, max_size=raters), min_size=1, max_size=12)
)

# Fleiss 1971, table 1: how many of six psychiatrists gave each of 30 patients each of five diagnoses.
DIAGNOSES = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""


def test_fleiss_1971_table_1():
    patients = [
        [diagnosis for diagnosis, count in zip("DPSNO", counts, strict=True) for _ in range(int(count))]
        for counts in DIAGNOSES.split()
    ]
    assert len(patients) == 30
    assert round(fleiss_kappa(patients), 3) == 0.430


def test_fleiss_by_hand():
    # Three items of two: aa, ab, bb. P = (1 + 0 + 1) / 3; a and b are half of the ratings each: P_e = 1/2.
    assert fleiss_kappa(["aa", "ab", "bb"]) == pytest.approx((2 / 3 - 1 / 2) / (1 - 1 / 2))
    # Everyone always disagrees: P = 0, P_e = 1/2, the least value for two raters.
    assert fleiss_kappa(["ab", "ba"]) == pytest.approx(-1)


def test_cohen_by_hand():
    # 50 items: both yes 20, both no 15, a alone yes 5, b alone yes 10. p_o = .7, p_e = .5 * .6 + .5 * .4 = .5.
    a = ["yes"] * 25 + ["no"] * 25
    b = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(a, b) == pytest.approx(0.4)
    assert percentage_agreement(a, b) == 0.7


@steady
@given(pairs)
def test_cohens_is_scikit_learns(pairs):
    a, b = zip(*pairs, strict=True)
    if len({*a, *b}) == 1:
        assert cohen_kappa(a, b) is None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cohen_kappa(a, b) == pytest.approx(cohen_kappa_score(a, b))


@steady
@given(pairs, st.randoms(use_true_random=False))
def test_neither_names_nor_the_order_of_items_or_raters_matter(pairs, random):
    names = {"joy": 3, "anger": None, "fear": "joy"}
    shuffled = [(names[b], names[a]) for a, b in random.sample(pairs, len(pairs))]
    for measure in (cohen_kappa, percentage_agreement):
        assert measure(*zip(*shuffled, strict=True)) == pytest.approx(measure(*zip(*pairs, strict=True)))


@steady
@given(tables, st.randoms(use_true_random=False))
def test_fleiss_knows_no_order_and_stays_in_its_bounds(table, random):
    shuffled = [random.sample(labels, len(labels)) for labels in random.sample(table, len(table))]
    value = fleiss_kappa(table)
    if value is None:
        assert len({label for labels in table for label in labels}) == 1
        assert fleiss_kappa(shuffled) is None
    else:
        assert fleiss_kappa(shuffled) == pytest.approx(value)
        assert -1 / (len(table[0]) - 1) - 1e-9 <= value <= 1


@steady
@given(pairs)
def test_percentage_agreement_is_a_share(pairs):
    a, b = zip(*pairs, strict=True)
    assert percentage_agreement(a, b) == pytest.approx(sum(x == y for x, y in pairs) / len(pairs))
    assert percentage_agreement(a, a) == 1.0


def test_undefined_values_are_none():
    assert cohen_kappa([], []) is percentage_agreement([], []) is fleiss_kappa([]) is None
    assert cohen_kappa(["a", "a"], ["a", "a"]) is fleiss_kappa(["aa", "aa"]) is None
    assert fleiss_kappa([["a"], ["b"]]) is fleiss_kappa([[], []]) is None


def test_full_disagreement_on_two_labels_that_never_meet_is_chance():
    # a says only x, b only y: p_o = 0, p_e = 0.
    assert cohen_kappa(["x"] * 4, ["y"] * 4) == 0.0


def test_unequal_numbers_of_ratings_are_refused_not_rescaled():
    with pytest.raises(ValueError, match=r"there are \[2, 3\]\. Use Krippendorff's alpha"):
        fleiss_kappa(["aab", "ab"])
    for measure in (cohen_kappa, percentage_agreement):
        with pytest.raises(ValueError, match="There are 2"):
            measure(["a", "b"], ["a"])


def test_hume_v1_figures(vectors):
    case = vectors("hume_v1_aggregation.json")["classification"]
    by_item: dict[str, dict[str, str]] = {}
    for row in case["input"]:
        by_item.setdefault(row["item"], {})[row["annotator"]] = row["prediction"]
    a, b = ([said[annotator] for said in by_item.values()] for annotator in ("A", "B"))
    expected = case["expected"]
    assert fleiss_kappa(list(zip(a, b, strict=True))) == pytest.approx(expected["fleiss_kappa"])
    assert cohen_kappa(a, b) == pytest.approx(expected["mean_pairwise_kappa"])
    assert percentage_agreement(a, b) == pytest.approx(expected["mean_percentage_agreement"])


def test_hume_v1_kappas_of_rerankings(vectors):
    case = vectors("hume_v1_aggregation.json")["reranking"]
    by_query: dict[str, list[list[int]]] = {}
    for row in case["input"]:
        by_query.setdefault(row["item"], []).append(row["prediction"])
    defined = [value for pair in by_query.values() if (value := cohen_kappa(*pair)) is not None]
    assert sum(defined) / len(defined) == pytest.approx(case["expected"]["mean_binary_kappa"])
