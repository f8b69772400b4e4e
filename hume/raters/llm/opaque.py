"""Items with ids that tell nothing: a data set's own may lie in the order of gold, or say what is relevant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hume.records import Item, Json


@dataclass(frozen=True)
class Opaque:
    """An item whose parts are called p1, p2, ... in the order in which they are shown."""

    item: Item
    order: tuple[str, ...]
    names: Mapping[str, str]
    """The part's own id by its opaque one."""

    def revealed(self, payload: Json) -> Json:
        """A payload with the parts' own ids, which stand as keys of objects or in lists; values are other things."""
        return _renamed(payload, self.names)


def opaque(item: Item, order: Sequence[str]) -> Opaque:
    """The item with opaque ids; itself where it has no parts."""
    back = {part: f"p{place}" for place, part in enumerate(order, start=1)}
    if not back:
        return Opaque(item, (), {})
    content = {name: _with_ids(value, back) for name, value in item.content.items()}
    gold = _renamed(item.gold, back)
    names = {short: part for part, short in back.items()}
    return Opaque(replace(item, content=content, gold=gold), tuple(names), names)


def _with_ids(value: Json, back: Mapping[str, str]) -> Json:
    if not isinstance(value, list):
        return value
    return [{**part, "id": back[part["id"]]} if isinstance(part, dict) and "id" in part else part for part in value]


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [names.get(one, one) if isinstance(one, str) else _renamed(one, names) for one in value]
    return value
