"""The page of items, through app.py: its figures, one item as it is, verdicts, and who never sees any of it."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import four_tasks
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, reading, transaction
from db.store.answers import all_answers, save_answers
from db.store.raters import ensure_rater
from db.store.tasks import save_document, subset_records
from db.store.verdicts import verdicts_on
from hume.records import Answer, Item, ItemRow, Rater, Subset, SubsetRecord, Task, TaskDocument
from pages.parts import access, item_chart

Open = Callable[..., AppTest]
WAIT_MS = 30_000
EVIL = "<script>alert('x')</script><b>سعيد</b>"
LABELS = ("joy", "anger", "fear")

#: What gold is, what two people and a simulated rater say, and what a model does, item by item.
GOLD = ("joy", "joy", "anger", "anger")
ADA, BO = ("fear", "joy", "joy", "anger"), ("fear", "fear", "joy", "anger")
MODEL = ("joy", "joy", "anger", "fear")


def store(url: str) -> None:
    """Four labelled texts: gold wrong, disputed, missed by people alone, missed by models alone; one of each type."""
    four_tasks.store(url)
    items = tuple(
        Item(f"<i>{number}", {"text": f"{EVIL} {number}"}, gold, position=number) for number, gold in enumerate(GOLD)
    )
    settings = {"labels": [{"name": name} for name in LABELS]}
    document = TaskDocument(
        Task("Moods", "classification", settings=settings), ((Subset("ara", ("ara-Arab",)), items),)
    )
    raters = [("human", "Ada <b>", ADA), ("human", "Bo", BO), ("simulated", "sim", GOLD), ("embedding", "org/m", MODEL)]
    engine = open_engine(url)
    with transaction(engine) as session:
        save_document(session, document)
        ids = [item.id for item in subset_records(session, ["Moods"])[0].items]
        for kind, name, said in raters:
            comment = EVIL if name == "Bo" else ""
            answers = [
                (one, Answer("", "given", {"label": of}, comment=comment)) for one, of in zip(ids, said, strict=True)
            ]
            save_answers(session, ensure_rater(session, Rater(kind, name)).stored_id, answers)
    engine.dispose()


def moods(url: str) -> SubsetRecord:
    engine = open_engine(url)
    with reading(engine) as session:
        (record,) = subset_records(session, ["Moods"])
    engine.dispose()
    return record


@pytest.fixture
def open_page(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Runs app.py at the page; `item` is the one in the address, `state` the values of controls."""
    store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)

    def run(role: str = "researcher", item: int | str = "", **state: object) -> AppTest:
        token = sign_in(sqlite_url, f"the {role}", role)
        monkeypatch.setattr(access, "session_token", lambda: token)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        app.switch_page("pages/researcher/items.py").run()
        for key, value in state.items():
            app.session_state[key] = value
        if item:
            app.query_params["item"] = str(item)
        app.run()
        assert not app.exception
        return app

    return run


def said(app: AppTest) -> str:
    words = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return "\n".join([*(one.value for one in words), *(one.proto.body for one in app.get("html"))])


def listed(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Item"]) if len(app.dataframe) else []


# -- the list -----------------------------------------------------------------------------------------


def test_the_page_begins_with_how_many_items_are_in_doubt_and_lists_them(open_page):
    app = open_page()
    assert "On <b><bdi>2</bdi></b> of 4 items that two people or more answered" in said(app)
    table = app.dataframe[0].value.to_dict("records")
    assert [(row["Item"], row["Suspicion"], row["Right"], row["Raters"]) for row in table] == [
        ("<i>0", 1.0, "0 of 2", 2),
        ("<i>2", 1.0, "0 of 2", 2),
    ]
    assert "n = 4 items with both figures" in said(app)


@pytest.mark.parametrize(
    ("view", "items"),
    [
        ("Most disputed", ["<i>1"]),
        ("People miss, models get", ["<i>0", "<i>2"]),
        ("Models miss, people get", ["<i>3"]),
        ("Decided", []),
        ("All", ["<i>0", "<i>2", "<i>1", "<i>3"]),
    ],
)
def test_each_view_lists_its_items(open_page, view, items):
    assert listed(open_page(view=view)) == items


def test_filters_leave_out_what_is_not_wanted(open_page):
    assert listed(open_page(language=["ara-Arab"], task=["Moods"], view="All")) != []
    assert "There is no chart yet" not in said(open_page(subset=["ara"]))


def test_task_types_are_a_filter_as_on_the_other_pages(open_page):
    app = open_page(type=["classification"], view="All")
    (types,) = (one for one in app.multiselect if one.label == "Task types")
    assert "Classification" in types.options
    assert listed(app) == listed(open_page(task=["Moods"], view="All"))


def test_simulated_raters_are_shown_apart_and_called_that(open_page):
    app = open_page(raters="Simulated raters", view="All")
    assert "Simulated raters" in "".join(one.value for one in app.warning)
    assert set(app.dataframe[0].value["Raters"]) == {1}
    assert "of 0 items that two simulated raters or more answered" in said(app)


# -- one item -----------------------------------------------------------------------------------------


def test_an_item_is_shown_word_for_word_with_everyones_answers_and_nobodys_name(open_page, sqlite_url):
    first = moods(sqlite_url).items[0]
    page = said(open_page(item=first.id))
    assert html.escape(f"{EVIL} 0") in page
    assert EVIL not in page
    assert 'lang="ar"' in page
    assert 'dir="auto"' in page
    for who in ("Gold", "Person 1", "Person 2", "Simulated rater 1", "org/m"):
        assert f"<bdi>{who}</bdi>" in page
    assert "Ada" not in page
    assert "Bo<" not in page


@pytest.mark.parametrize("task_type", sorted(four_tasks.KINDS))
def test_an_item_of_every_task_type_is_shown_with_its_texts_and_answers(open_page, sqlite_url, task_type):
    app = open_page()
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        record = subset_records(session, [four_tasks.name(task_type)])[0]
        item = record.items[0]
        rater = ensure_rater(session, Rater("human", "Cy")).stored_id
        save_answers(session, rater, [(item.id, Answer("", "given", four_tasks.PAYLOADS[task_type]))])
        skipping = ensure_rater(session, Rater("human", "Di")).stored_id
        save_answers(session, skipping, [(item.id, Answer("", "skipped", reason="unclear", comment="who?"))])
    engine.dispose()
    app.query_params["item"] = str(item.id)
    app.run()
    assert not app.exception
    page = said(app)
    texts = [f"{record.subset.name} ", "Person 1", "Person 2", "skipped · unclear · who?"]
    assert all(text in page for text in texts)
    assert "n = 1" in page


@pytest.mark.parametrize("chosen", ["4711", "x", "<b>"])
def test_an_item_that_is_not_there_is_said(open_page, chosen):
    app = open_page(item=chosen)
    assert "There is no item" in app.error[0].value
    assert [one.label for one in app.button if one.label == "Save verdict"] == []


# -- verdicts -----------------------------------------------------------------------------------------


def test_a_verdict_is_saved_with_who_and_when_and_changes_nothing_else(open_page, sqlite_url):
    before = moods(sqlite_url)
    item = before.items[0]
    app = open_page(item=item.id)
    app.radio(key=f"ruling-{item.id}").set_value("people-right")
    app.text_area(key=f"note-{item.id}").set_value(f"{EVIL} they say fear")
    next(one for one in app.button if one.label == "Save verdict").click().run()
    assert not app.exception
    assert html.escape(f"{EVIL} they say fear") in said(app)
    assert "<bdi>the researcher</bdi>" in said(app)
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        (verdict,) = verdicts_on(session, item.id)
        n_answers = len(list(all_answers(session)))
    engine.dispose()
    assert (verdict.ruling, verdict.account) == ("people-right", "the researcher")
    assert (moods(sqlite_url), n_answers) == (before, 16)
    assert listed(open_page(view="Decided")) == [item.key]


def test_no_verdict_is_saved_before_one_is_chosen(open_page, sqlite_url):
    item = moods(sqlite_url).items[0]
    app = open_page(item=item.id)
    next(one for one in app.button if one.label == "Save verdict").click().run()
    assert "Choose a verdict first" in app.error[0].value
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        assert verdicts_on(session, item.id) == []
    engine.dispose()


# -- who may ------------------------------------------------------------------------------------------


def test_an_annotator_gets_no_item_no_gold_and_no_answer(open_page, sqlite_url):
    app = open_page()
    item = moods(sqlite_url).items[0]
    app = open_page(role="annotator", item=item.id)
    assert [one.value for one in app.title] == ["Not for this account"]
    assert "Moods" not in said(app)
    assert len(app.dataframe) == 0


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("served") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    store(f"sqlite:///{path}")
    with running_server(f"sqlite:///{path}") as running:
        yield running


@pytest.mark.browser
def test_the_export_is_for_researchers_alone(server):
    assert server.client(server.sign_in("Ann")).get("/download/items.csv").status_code == 403
    assert server.client().get("/download/items.csv").status_code == 401
    found = server.client(server.sign_in("Rosa", "researcher")).get("/download/items.csv")
    rows = list(csv.DictReader(io.StringIO(found.text, newline="")))
    assert [row["item"] for row in rows] == ["<i>0", "<i>2"]
    assert "Ada" not in found.text


@pytest.mark.browser
def test_a_click_on_a_mark_of_the_chart_leads_to_its_item_which_the_address_names(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    context.add_cookies([server.cookie(server.sign_in("Rosa", "researcher"))])
    page = context.new_page()
    page.goto(f"{server.base_url}/items?view=All")
    alone = page.locator(".js-plotly-plot .point").first
    alone.wait_for(timeout=WAIT_MS)
    # Item 3, which people get and no model does, lies alone at (1, 0).
    marks = page.locator(".js-plotly-plot .point")
    boxes = [marks.nth(n).bounding_box() for n in range(marks.count())]
    box = max(boxes, key=lambda one: (round(one["x"]), one["y"]))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_role("button", name="Save verdict").wait_for(timeout=WAIT_MS)
    item = moods(server.database_url).items[3]
    page.get_by_role("heading", name=item.key).wait_for(timeout=WAIT_MS)
    assert f"item={item.id}" in page.url
    page.reload()
    page.get_by_role("heading", name=item.key).wait_for(timeout=WAIT_MS)
    assert page.locator("[data-testid=stMain] script").count() == 0
    context.close()


def test_the_chart_is_taken_away_as_its_marks():
    row = ItemRow(
        "T", "sts", "s", "eng-Latn", "test", "i1", 1, 5, "human", 3, 2, 0.9, 0.5, 0.5, 0.5, 0.1, 0.6, 2, 1, 0.7
    )
    other = replace(row, item="i2", accord=0.9, suspicion=0.0)
    drawn = item_chart.marks([row, other, replace(other, item="i3"), replace(row, accord=None)], "Raters and models")
    assert list(csv.reader(io.StringIO(item_chart.csv_of(drawn)))) == [
        ["accord", "model_accord", "n_items", "in_doubt"],
        ["0.5", "0.7", "1", "true"],
        ["0.9", "0.7", "2", "false"],
    ]
