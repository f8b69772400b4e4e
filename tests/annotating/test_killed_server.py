"""kill -9 of the server while somebody works: what was unfinished comes back, what was answered is stored once."""

from __future__ import annotations

import pytest
from desk import Desk
from unfinished import FIRST, REST, is_as_pressed

pytestmark = pytest.mark.browser


def test_an_unfinished_answer_comes_back_in_every_browser(host, desk, device, annotator):
    desk.open("clustering").press(*FIRST["clustering"])
    desk.drafted()
    item, picture = desk.item, desk.picture
    host.kill()
    host.start()
    desk.reload()
    assert (desk.item, desk.picture) == (item, picture)

    elsewhere = Desk(host, device(), annotator).open("clustering")  # this browser has nothing but what the server has
    assert (elsewhere.item, elsewhere.picture) == (item, picture)
    elsewhere.press(*REST["clustering"])
    elsewhere.saved()
    (answer,) = host.answers(annotator)
    assert answer.item == item
    assert is_as_pressed(answer, "clustering")


def test_what_is_done_while_the_server_is_dead_is_kept_and_stored_once(host, desk, annotator):
    desk.open("sts")
    pressed = desk.answer("1")
    desk.saved()
    host.kill()
    pressed += desk.answer("2", "3", "4")
    desk.says("3 answers not yet saved")
    assert len(host.answers(annotator)) == 1
    desk.page.close()

    host.start()
    later = Desk(host, desk.context, annotator).open("sts")
    later.saved()
    assert later.item not in dict(pressed)
    assert host.scores(annotator) == sorted((item, 1, score) for item, score in pressed)


def test_an_unfinished_answer_goes_on_while_the_server_is_dead(host, desk, annotator):
    desk.open("reranking").press(*FIRST["reranking"])
    host.kill()
    desk.press("1")
    picture = desk.picture
    desk.page.close()

    host.start()
    later = Desk(host, desk.context, annotator).open("reranking")
    assert later.picture == picture
    later.press(*REST["reranking"][1:])
    later.saved()
    (answer,) = host.answers(annotator)
    assert is_as_pressed(answer, "reranking")


def test_answers_under_way_when_the_server_dies_are_stored_once(host, desk, annotator):
    pressed = desk.open("sts").answer("1", "2", "3", "4", "5")
    host.kill()
    host.start()
    desk.saved()
    assert host.scores(annotator) == sorted((item, 1, score) for item, score in pressed)
