"""Two tabs, two devices, a reload: one annotator's work comes together, whichever of them it was done in."""

from __future__ import annotations

import pytest
from conftest import Devices
from desk import Desk
from unfinished import FIRST, REST, is_as_pressed

pytestmark = pytest.mark.browser


@pytest.fixture
def one(host, device: Devices, annotator) -> Desk:
    """A new annotator's first tab."""
    return Desk(host, device(), annotator)


def beside(desk: Desk) -> Desk:
    """Another tab of the same browser."""
    return Desk(desk.host, desk.context, desk.name)


def on_another_device(desk: Desk, device: Devices) -> Desk:
    return Desk(desk.host, device(), desk.name)


def test_two_tabs_give_every_item_one_answer(one):
    one.open("sts")
    two = beside(one).open("sts")
    first = two.item
    pressed = one.answer("1", "2", "3")
    one.saved()
    assert two.item == first == pressed[0][0]
    pressed += two.answer("4")  # it is on the screen there, and is answered again
    assert two.item not in dict(pressed)
    pressed += two.answer("5", "0")
    two.saved()
    revisions: dict[str, int] = {}
    expected = []
    for item, score in pressed:
        revisions[item] = revisions.get(item, 0) + 1
        expected.append((item, revisions[item], score))
    assert one.host.scores(one.name) == sorted(expected)
    assert set(revisions.values()) == {1, 2}
    assert len(revisions) == 5


def test_keys_in_two_tabs_in_turn_are_all_stored(one):
    one.open("sts")
    two = beside(one).open("sts")
    pressed = []
    for key in "123":
        pressed += one.answer(key)
        pressed += two.answer(key)
    one.saved()
    two.saved()
    assert sorted((item, score) for item, _, score in one.host.scores(one.name)) == sorted(pressed)


def test_two_devices_do_not_refuse_each_other(one, device):
    two = on_another_device(one, device).open("sts")
    pressed = one.open("sts").answer("1", "2")
    one.saved()
    later = two.answer("3", "4", "5")  # two of them had been answered on the other device
    two.saved()
    assert [item for item, _ in later[:2]] == [item for item, _ in pressed]
    expected = [(item, 1, score) for item, score in pressed + later[2:]]
    expected += [(item, 2, score) for item, score in later[:2]]
    assert one.host.scores(one.name) == sorted(expected)


def test_an_answer_begun_on_one_device_is_finished_on_another(one, device):
    one.open("clustering").press(*FIRST["clustering"])
    one.drafted()
    two = on_another_device(one, device).open("clustering")
    assert (two.item, two.picture) == (one.item, one.picture)
    two.press(*REST["clustering"])
    two.saved()
    (answer,) = one.host.answers(one.name)
    assert is_as_pressed(answer, "clustering")
    assert one.open("clustering").item != answer.item


@pytest.mark.parametrize("task_type", ["clustering", "reranking"])
def test_a_reload_in_the_middle_of_an_answer_loses_no_key(one, task_type):
    one.open(task_type)
    for key in FIRST[task_type]:
        one.press(key)
        one.reload()
    one.press(*REST[task_type])
    one.saved()
    (answer,) = one.host.answers(one.name)
    assert is_as_pressed(answer, task_type)


def test_what_is_unfinished_is_at_the_server_within_a_second(one):
    one.page.clock.install()
    one.open("clustering").press(FIRST["clustering"][0])
    one.drafted()
    one.page.clock.pause_at(one.page.evaluate("Date.now() + 1000"))
    one.press(*FIRST["clustering"][1:])
    assert one.page.evaluate("Object.keys(localStorage).some(key => key.includes('/draft/'))")
    one.page.clock.run_for(1_000)
    one.drafted()
