"""Everything that an annotator's browser is sent on a walk over all pages and the deck of each task type.

What nobody may learn there is planted where it can be known again: gold, others' names, answers and comments, scores,
verdicts, runs. `test_server_deck.py` holds the deck's messages of two databases that differ in gold alone against each
other; this is what the whole browser gets, pages and websocket included.
"""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import four_tasks
import pytest
from browsing import browser, context, page  # noqa: F401  (fixtures)
from playwright.sync_api import BrowserContext, Error, Page, Response
from serving import Server, running_server
from sqlalchemy import Engine

import app
from db.session import open_engine, transaction
from db.store.accounts import create_invitation, redeem
from db.store.answers import save_answers
from db.store.queue import enqueue, finish, take
from db.store.raters import ensure_rater
from db.store.runs import save_scores
from db.store.tasks import save_document, subset_records
from db.store.verdicts import save_verdict
from hume.records import Answer, Item, Json, Rater, ScoreRow, Subset, Task, TaskDocument

pytestmark = pytest.mark.browser

GOLD: dict[str, Json] = {
    "sts": 3.71828,
    "classification": "joy",
    "clustering": {text: f"zqgold-{place % 2}" for place, text in enumerate(four_tasks.TEXTS)},
    "reranking": {doc: 7919 + place for place, doc in enumerate(four_tasks.DOCS)},
}
"""Of classification, whose gold is one of the labels on the screen, only the word `gold` could give it away."""
OTHERS: dict[str, Json] = {
    "sts": {"score": 1.15625},
    "classification": {"label": "fear"},
    "clustering": {"groups": dict.fromkeys(four_tasks.TEXTS, "zqgroup")},
    "reranking": {"grades": dict.fromkeys(four_tasks.DOCS, 1)},
}
NUMBERS = (3.71828, 1.15625, 0.918273645, 0.987123456, 7919.0)
WORDS = (
    "zqgold",
    "zqgroup",
    "zqcomment",
    "zqverdict",
    "zqlog",
    "zqmodel",
    "Zebulon",
    "7919",
    "7920",
    "gold",
    "purpose",
)
SECRETS = [
    *(word.encode() for word in WORDS),
    *(str(number).encode() for number in NUMBERS),
    *(struct.pack(code, number) for number in NUMBERS for code in ("<d", "<f")),
]
KEYS = {
    "sts": ["3", "Enter"],
    "classification": ["2"],
    "clustering": [*"12" * 4, "Enter"],
    "reranking": ["2", "0", "1", "0", "2", "0"],
}
SETTINGS = {"sts": {"min": 0, "max": 5, "step": 0.03125}}
N_ITEMS = 2


@pytest.fixture
def server(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copy(migrated_sqlite, tmp_path / "hume.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'hume.db'}")
    _plant(engine)
    engine.dispose()
    with running_server(f"sqlite:///{tmp_path / 'hume.db'}") as running:
        yield running


def _plant(engine: Engine) -> None:
    with transaction(engine) as session:
        for task_type in four_tasks.KINDS:
            save_document(session, _document(task_type))
        account, _ = redeem(session, create_invitation(session, "Zebulon Quill", "annotator"))
        model = ensure_rater(session, Rater("embedding", "zqmodel/zqmodel", "r1", "mteb")).stored_id
        records = subset_records(session, [four_tasks.name(one) for one in four_tasks.KINDS])
        for record in records:
            said = [(one.id or 0, _answer(one, OTHERS[record.task.task_type])) for one in record.items]
            save_answers(session, account.rater_id, said)
            if record.task.task_type == "sts":
                cosine = {"score": 0.918273645, "scale": "similarity"}
                save_answers(session, model, [(one.id or 0, _answer(one, cosine)) for one in record.items])
            save_verdict(session, record.items[0].id or 0, account.id, "bad-item", "zqverdict")
        run_id = enqueue(session, "zqmodel/zqmodel", [], {}, account.id)
        take(session, "w", 60.0)
        row = ScoreRow("SmallSts", "sts", "eng", "eng-Latn", "zqmodel", "embedding", "spearman", True, 0.987123456, 2)
        save_scores(session, run_id, [row])
        finish(session, run_id, "w", "failed", "zqlog", 3.0)


def _answer(item: Item, payload: Json) -> Answer:
    return Answer(item.key, "given", payload, client_id=str(uuid4()), milliseconds=1500, comment="zqcomment")


def _document(task_type: str) -> TaskDocument:
    settings, make = four_tasks.KINDS[task_type]
    items = [
        Item(f"item{number}", make("eng", number, 0)[0], GOLD[task_type], "test", number) for number in range(N_ITEMS)
    ]
    task = Task(four_tasks.name(task_type), task_type, settings=SETTINGS.get(task_type, settings))
    return TaskDocument(replace(task, overlap=5), ((Subset("eng", ("eng-Latn",)), tuple(items)),))


class Heard:
    """All that a page is sent, by where from, but for Streamlit's own files: those of its package, in `/static/`."""

    def __init__(self, page: Page) -> None:
        self._page, self._responses = page, list[Response]()
        self.messages: list[tuple[str, bytes]] = []
        page.on("response", lambda response: self._responses.append(response))
        page.on("websocket", lambda socket: socket.on("framereceived", self._take_frame))

    def _take_frame(self, frame: str | bytes) -> None:
        self.messages.append(("websocket", frame.encode() if isinstance(frame, str) else frame))

    def read(self) -> None:
        """The bodies of what has come so far: a browser forgets them when it goes on to another page."""
        while self._responses:
            one = self._responses.pop(0)
            if "/static/" not in one.url:
                self.add(one.url, repr(one.headers).encode() + self._body(one))

    def _body(self, response: Response) -> bytes:
        try:
            return response.body()
        except Error:  # it belonged to the page before: the same is asked for again
            assert response.request.method == "GET"
            return self._page.request.get(response.url).body()

    def add(self, source: str, body: bytes) -> None:
        self.messages.append((source, body))


def test_nothing_of_gold_others_answers_or_scores_comes(server: Server, context: BrowserContext, page: Page) -> None:
    context.add_cookies([server.cookie(server.sign_in("Ann"))])
    page.set_default_timeout(30_000)
    heard = Heard(page)
    for entry in app.PAGES:
        page.goto(f"{server.base_url}/{Path(entry.file).stem}")
        page.locator("[data-testid=stMain] h1").first.wait_for()
        heard.read()
    for task_type in KEYS:
        _answer_all(page, server, task_type)
        heard.read()
    page.goto(f"{server.base_url}/work")
    page.get_by_role("button", name="Look over your answers").first.wait_for()
    heard.read()
    for path in ("/account/data", "/download/answers.csv", "/api/v1/answers", "/media/x.csv", "/metrics"):
        heard.add(path, page.request.get(server.base_url + path).body())

    sources = {address.removeprefix(server.base_url).split("?")[0] for address, _ in heard.messages}
    assert {"/deck/work", "/deck/answers", "websocket", "/account/data"} <= sources
    everything = b"\n".join(body for _, body in heard.messages)
    assert all(f"eng {words}".encode() in everything for words in ("one 0", "text 1", "t03 of 1", "d5 of 0"))
    # The deck's scripts have the word `gold`, for practice items; they are the same for everybody.
    said = [(address, body) for address, body in heard.messages if "/bidi-components/" not in address]
    assert len(said) < len(heard.messages)
    assert [(address, secret) for address, body in said for secret in SECRETS if secret in body] == []


def _answer_all(page: Page, server: Server, task_type: str) -> None:
    page.goto(f"{server.base_url}/answer?task={four_tasks.name(task_type)}&subset=eng")
    for number in range(N_ITEMS):
        page.locator(".form > *").first.wait_for()
        page.get_by_text(re.compile(rf"^{number} of {N_ITEMS}")).first.wait_for()
        for key in KEYS[task_type]:
            page.keyboard.press(key)
    page.get_by_text("Thank you").first.wait_for()
    page.get_by_text("All saved").first.wait_for()
