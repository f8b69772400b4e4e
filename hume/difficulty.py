"""Stage: how hard and how disputed each item is, where gold is in doubt, and where people and models part ways.

Gold is taken for one more rater's answer. Where it is one, raters are as close to it as to each other in the mean; an
item on which they are much closer to each other is one whose gold to look at. See docs/decisions/items.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hume.baseline import DEFAULT, KINDS, pooled
from hume.gap import MODEL_KINDS, model_key, once_each
from hume.parsed import ParsedSubset, Sheet, parse
from hume.records import ItemFinding, ItemRow, Json, SubsetRecord, Verdict
from hume.tasks.accords import accords
from hume.tasks.base import FloatArray, IntArray

#: Pairs of raters that are held at once: items beyond them wait.
MOST_PAIRS = 400_000
#: Decimals that count. Means of equal numbers may differ in their last bits, and must compare as equal.
DECIMALS = 9

PEOPLE_MISS, MODELS_MISS = "people miss", "models miss"
ONE_RATER = "one rater only: no agreement, and so no suspicion"
NO_GOLD = "the item has no gold to hold answers against"


@dataclass(frozen=True)
class _Held:
    """Raters of one kind held against each other and against gold; one number an item, NaN where undefined."""

    counts: IntArray
    right: IntArray
    agreement: FloatArray
    accord: FloatArray
    consensus: FloatArray


@dataclass(frozen=True)
class _Models:
    """Models held against gold: how many answered each item, how many of them are right, and their mean closeness."""

    counts: IntArray
    right: IntArray
    closeness: FloatArray


def item_rows(subset: ParsedSubset) -> list[ItemRow]:
    """A row for each kind of rater and each item that such a rater answered, in the items' order."""
    return [row for kind in KINDS if subset.of_kind(kind) for row in _of_kind(subset, kind)]


def findings(
    record: SubsetRecord, rows: Iterable[ItemRow], hashes: Mapping[int, str], verdicts: Mapping[int, Verdict]
) -> list[ItemFinding]:
    """The rows with gold, the item's content hash, what raters said and the latest verdict; rows of this subset."""
    items = {item.key: item for item in record.items}
    found = []
    for row in rows:
        item_id = row.item_id or 0
        said = Counter(
            json.dumps(answer.payload, sort_keys=True)
            for sheet in record.sheets
            if sheet.rater.kind == row.kind and (answer := sheet.answers.get(row.item)) and answer.status == "given"
        )
        answers = tuple(
            (json.loads(payload), n) for payload, n in sorted(said.items(), key=lambda one: (-one[1], one[0]))
        )
        found.append(ItemFinding(row, items[row.item].gold, hashes.get(item_id, ""), answers, verdicts.get(item_id)))
    return found


def suspects(
    records: Iterable[SubsetRecord],
    verdicts: Mapping[int, Verdict],
    hashes: Callable[[Sequence[int]], Mapping[int, str]],
    least: float = 0.0,
) -> list[ItemFinding]:
    """What to tell the maintainers of data sets: items that people doubt, by `least` at least, and those decided on.

    By task and subset, the most suspect first. Simulated raters doubt nothing. `hashes` gives content hashes by id.
    """
    found: list[ItemFinding] = []
    for record in records:
        rows = item_rows(parse(record)) if record.items else []
        wanted = [
            row for row in rows if row.kind == "human" and (is_suspect(row, least) or (row.item_id or 0) in verdicts)
        ]
        ids = [row.item_id for row in wanted if row.item_id is not None]
        found += findings(record, most_suspect_first(wanted), hashes(ids), verdicts)
    return found


def is_suspect(row: ItemRow, least: float = 0.0) -> bool:
    """Whether raters are closer to each other than to gold, by `least` at least."""
    return row.suspicion is not None and row.suspicion > 0 and row.suspicion >= least


def most_suspect_first(rows: Iterable[ItemRow]) -> list[ItemRow]:
    """By suspicion, then by the number of raters it rests on; undefined ones last."""
    return sorted(rows, key=lambda row: (row.suspicion is None, -(row.suspicion or 0.0), -row.n_raters))


# -- raters of one kind -----------------------------------------------------------------------------------


def _of_kind(subset: ParsedSubset, kind: str) -> Iterator[ItemRow]:
    held, models = _held(subset, kind), _models(subset)
    gold = _gold(subset)
    columns = {
        "agreement": held.agreement,
        "accord": held.accord,
        "consensus_accord": held.consensus,
        "difficulty": 1 - held.accord,
        "disagreement": 1 - held.agreement,
        "suspicion": np.maximum(0.0, held.agreement - held.accord),
        "model_accord": models.closeness,
    }
    values = {name: _or_none(column) for name, column in columns.items()}
    for place, item in enumerate(subset.record.items):
        n, n_right = int(held.counts[place]), int(held.right[place])
        if not n:
            continue
        n_models, n_models_right = int(models.counts[place]), int(models.right[place])
        has_gold = gold[place] is not None
        yield ItemRow(
            **subset.row,
            split=item.split,
            item=item.key,
            item_version=item.version,
            item_id=item.id,
            kind=kind,
            n_raters=n,
            n_right=n_right if has_gold else None,
            **{name: column[place] for name, column in values.items()},
            n_models=n_models,
            n_models_right=n_models_right,
            contrast=_contrast(n, n_right, n_models, n_models_right),
            reason="; ".join(filter(None, (ONE_RATER if n == 1 else "", "" if has_gold else NO_GOLD))),
        )


def _contrast(n: int, n_right: int, n_models: int, n_models_right: int) -> str:
    if n_models and n_models_right == n_models and 2 * n_right < n:
        return PEOPLE_MISS
    return MODELS_MISS if n_models and not n_models_right and 2 * n_right > n else ""


def _held(subset: ParsedSubset, kind: str) -> _Held:
    said, gold = _said(subset, subset.of_kind(kind)), _gold(subset)
    items, joined = list(subset.items.values()), pooled(subset, kind, DEFAULT)[0]
    counts = np.array([len(answers) for answers in said], dtype=np.int64)
    right, agreement, accord = np.zeros(len(items), dtype=np.int64), *np.full((2, len(items)), np.nan)
    for some in _blocks(counts):
        agreement[some] = _agreement(subset, items[some], said[some])
        right[some], accord[some] = _accord(subset, items[some], said[some], gold[some])
    consensus = _with_gold(subset, items, gold, [joined.get(key) for key in subset.items])
    return _Held(counts, right, *(np.round(values, DECIMALS) for values in (agreement, accord, consensus)))


def _agreement(subset: ParsedSubset, items: Sequence[Any], said: Sequence[Sequence[Any]]) -> FloatArray:
    """The mean accord of every two answers to each item, in both orders; NaN for fewer than two."""
    counts = np.array([len(answers) for answers in said], dtype=np.int64)
    one, other, of_pair = _every_two(counts)
    of_answers = [item for item, answers in zip(items, said, strict=True) for _ in answers]
    flat = [answer for answers in said for answer in answers]
    return _means(of_pair, accords(subset.type, of_answers, flat, one, other, subset.settings), len(items))


def _accord(
    subset: ParsedSubset, items: Sequence[Any], said: Sequence[Sequence[Any]], gold: Sequence[Any]
) -> tuple[IntArray, FloatArray]:
    """How many answers to each item are right, and their mean accord with gold; NaN for no gold or no answer."""
    counts = [len(answers) for answers in said]
    flat = [answer for answers in said for answer in answers]
    owners = np.repeat(np.arange(len(items)), counts)
    places = owners.tolist()
    values = _with_gold(subset, [items[n] for n in places], [gold[n] for n in places], flat)
    held = ~np.isnan(values)
    right = np.bincount(owners[held], weights=_is_right(subset, values[held]), minlength=len(items))
    return right.astype(np.int64), _means(owners[held], values[held], len(items))


def _with_gold(subset: ParsedSubset, items: Sequence[Any], gold: Sequence[Any], given: Sequence[Any]) -> FloatArray:
    """The accord of gold with what was given of each item; NaN where either is None."""
    there = _both(gold, given)
    found = np.full(len(items), np.nan)
    if there:
        of, first = [items[n] for n in there], np.arange(len(there))
        answers = [*(gold[n] for n in there), *(given[n] for n in there)]
        found[there] = accords(subset.type, [*of, *of], answers, first, first + len(there), subset.settings)
    return found


def _both(gold: Sequence[Any], given: Sequence[Any]) -> list[int]:
    """Places where there is gold and an answer."""
    pairs = enumerate(zip(gold, given, strict=True))
    return [n for n, (reference, answer) in pairs if reference is not None and answer is not None]


def _every_two(counts: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Places of the answers of every two raters of an item, each two in both orders, and the item's place."""
    starts = np.cumsum(counts) - counts
    found = [(np.zeros(0, dtype=np.int64),) * 3]
    for n in np.unique(counts[counts > 1]).tolist():
        alike = np.flatnonzero(counts == n)
        one, other = np.nonzero(~np.eye(n, dtype=bool))
        places = starts[alike][:, None]
        found.append(((places + one).ravel(), (places + other).ravel(), np.repeat(alike, len(one))))
    one, other, of_pair = (np.concatenate(column) for column in zip(*found, strict=True))
    return one, other, of_pair


def _blocks(counts: IntArray) -> Iterator[slice]:
    """Runs of items that have at most MOST_PAIRS pairs of raters, and one item at least."""
    pairs = np.cumsum(counts * (counts - 1) + counts + 1)
    start = 0
    while start < len(counts):
        before = pairs[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(pairs, before + MOST_PAIRS, side="right")))
        yield slice(start, stop)
        start = stop


def _said(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[list[Any]]:
    """The comparable answers to each item."""
    place = {key: number for number, key in enumerate(subset.items)}
    found: list[list[Any]] = [[] for _ in place]
    for sheet in sheets:
        for key, answer in sheet.answers.items():
            if answer.is_comparable:
                found[place[key]].append(answer)
    return found


def _gold(subset: ParsedSubset) -> list[Any]:
    """Each item's gold as an answer; None where it has none."""
    if "gold" not in subset.memo:
        subset.memo["gold"] = [subset.type.expected(item, subset.settings) for item in subset.items.values()]
    found: list[Any] = subset.memo["gold"]
    return found


# -- models ------------------------------------------------------------------------------------------------


def _models(subset: ParsedSubset) -> _Models:
    if "models and gold" not in subset.memo:
        n_items = len(subset.items)
        counts, right, total = (np.zeros(n_items) for _ in range(3))
        sheets = {model_key(sheet.rater): sheet for sheet in subset.of_kind(*MODEL_KINDS)}
        for sheet in map(sheets.__getitem__, once_each(sheets)):
            closeness = np.round(_closeness(subset, sheet), DECIMALS)
            there = ~np.isnan(closeness)
            counts += there
            right += np.where(there, _is_right(subset, closeness), 0)
            total += np.where(there, closeness, 0.0)
        mean = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
        subset.memo["models and gold"] = _Models(counts.astype(np.int64), right.astype(np.int64), mean)
    found: _Models = subset.memo["models and gold"]
    return found


def _closeness(subset: ParsedSubset, model: Sheet) -> FloatArray:
    """How close each of a model's answers is to gold, 0 to 1; NaN where there is no answer or no gold.

    The accord of the two; where the answers are no answers of that kind, but similarities or votes of probes, 1 less
    the distance of the points that bring the model and gold, as one more rater of the same items, to one scale.
    """
    gold, keys = _gold(subset), list(subset.items)
    given = [model.answers.get(key) for key in keys]
    if all(answer.is_comparable for answer in model.answers.values()):
        return _with_gold(subset, list(subset.items.values()), gold, given)
    there = _both(gold, given)
    items = {keys[n]: subset.items[keys[n]] for n in there}
    sides = [{keys[n]: side[n] for n in there} for side in (given, gold)]
    ours, golds = subset.type.points(items, sides, subset.settings)
    found = np.full(len(keys), np.nan)
    found[there] = np.clip(1 - np.sqrt(((ours - golds) ** 2).sum(axis=1)), 0.0, 1.0)
    return found


def _is_right(subset: ParsedSubset, values: FloatArray) -> FloatArray:
    return np.asarray(np.round(values, DECIMALS) >= subset.type.right_from, dtype=np.float64)


def _means(of_item: IntArray, values: FloatArray, n_items: int) -> FloatArray:
    counts = np.bincount(of_item, minlength=n_items)
    totals = np.bincount(of_item, weights=values, minlength=n_items)
    return np.asarray(np.where(counts > 0, totals / np.maximum(counts, 1), np.nan))


def _or_none(values: FloatArray) -> Sequence[Json]:
    rounded = np.round(values, DECIMALS) + 0.0
    return [None if missing else value for missing, value in zip(np.isnan(rounded), rounded.tolist(), strict=True)]
