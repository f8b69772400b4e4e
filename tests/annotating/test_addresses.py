"""Addresses of items within the real pages: back button, reload, another tab at the same address."""

from __future__ import annotations

import re

import pytest
from conftest import Devices
from desk import Desk
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture
def one(host, device: Devices, annotator) -> Desk:
    """A new annotator's tab, the first pair on the screen and in the address."""
    desk = Desk(host, device(), annotator).open("sts")
    expect(desk.page).to_have_url(re.compile("#item-"))
    return desk


def answer(desk: Desk, *keys: str) -> list[tuple[str, float]]:
    """As `Desk.answer`, at a pace at which every pair gets into the address: faster ones may be left out of it."""
    pressed = []
    for key in keys:
        before = desk.page.url
        pressed += desk.answer(key)
        expect(desk.page).not_to_have_url(before)
    return pressed


def at(desk: Desk, item: str) -> None:
    """Waits until that item is on the screen."""
    expect(desk.page.locator(".form")).to_have_text(re.compile(rf"eng one {item.removeprefix('test')}(?!\d)"))


def test_the_back_button_goes_from_item_to_item_and_an_answer_there_is_a_revision(one):
    pressed = answer(one, "1", "2", "3")
    ahead = one.item
    for item, _ in reversed(pressed):
        one.page.go_back()
        at(one, item)
    one.press("5")
    at(one, pressed[1][0])
    one.saved()
    one.page.go_back()
    at(one, pressed[0][0])
    expected = [(item, 1, score) for item, score in pressed] + [(pressed[0][0], 2, 5.0)]
    assert one.host.scores(one.name) == sorted(expected)
    assert ahead not in dict(pressed)


def test_a_reload_and_another_tab_show_the_item_of_the_address(one):
    pressed = answer(one, "1", "2", "3")
    one.saved()
    one.page.go_back()
    one.page.go_back()
    at(one, pressed[1][0])
    address = one.page.url
    at(one.reload(), pressed[1][0])
    two = Desk(one.host, one.context, one.name)
    two.page.goto(address)
    at(two.ready(), pressed[1][0])
    two.press("4")
    two.saved()
    assert (pressed[1][0], 2, 4.0) in one.host.scores(one.name)


def test_the_address_of_somebody_elses_item_leads_to_ones_own(one, device):
    answer(one, "1", "2")
    one.saved()
    address = re.sub(r"#item-\d+", "#item-999999", one.page.url)
    stranger = Desk(one.host, device(), f"{one.name}'s friend")
    stranger.page.goto(address)
    pressed = stranger.ready().answer("3")
    stranger.saved()
    assert stranger.host.scores(stranger.name) == [(pressed[0][0], 1, 3.0)]


def test_the_back_button_leaves_the_deck_and_comes_in_again(one):
    pressed = answer(one, "2")
    at_second = one.item
    one.saved()
    one.page.goto(f"{one.host.server.base_url}/work")
    one.page.go_back()
    at(one, at_second)
    pressed += one.answer("4")
    one.saved()
    assert one.host.scores(one.name) == sorted((item, 1, score) for item, score in pressed)
