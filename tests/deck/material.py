"""Tasks and items for the deck's tests, as the server would send them."""

from __future__ import annotations

from typing import Any

from fake import Fake

GUIDELINES = (
    "# What to do\n\nJudge the **meaning**, not the wording.\n\n- 5: they *mean* the same\n- 0: unrelated\n\n"
    "<script>document.title = 'run'</script> [more](https://example.org/a)"
)
ANCHORS = {
    "0": "unrelated",
    "1": "same topic",
    "2": "some details in common",
    "3": "roughly the same",
    "4": "nearly the same",
    "5": "the same meaning",
}


def task(kind: str, settings: dict[str, Any], languages: tuple[str, ...] = ("eng-Latn",)) -> dict[str, Any]:
    """The task as `GET /deck/work` describes it."""
    return {
        "name": f"Test{kind.upper()}",
        "task_type": kind,
        "subset": languages[0][:3],
        "languages": list(languages),
        "settings": settings,
        "guidelines": GUIDELINES,
    }


def items(*contents: dict[str, Any], orders: list[list[str]] | None = None) -> list[dict[str, Any]]:
    """Items with ids from 101 on."""
    return [
        {"id": 101 + place, "content": content, "order": orders[place] if orders else [], "draft": None}
        for place, content in enumerate(contents)
    ]


def sts(count: int = 12, **settings: Any) -> Fake:
    """Pairs that carry their own number."""
    pairs = [
        {
            "sentence1": {"text": f"The ferry number {place} leaves at noon, weather permitting."},
            "sentence2": {"text": f"If the weather is good, boat {place} sets off at twelve."},
        }
        for place in range(count)
    ]
    return Fake(task("sts", {"min": 0, "max": 5, "step": 1, "anchors": ANCHORS, **settings}), items(*pairs))


LABELS = [
    {"name": "joy", "description": "glad, grateful, proud"},
    {"name": "sadness", "description": "grief, loss, disappointment"},
    {"name": "anger", "description": "annoyed, furious"},
    {"name": "fear", "description": ""},
]


def classification(labels: list[dict[str, str]] = LABELS, count: int = 3) -> Fake:
    """Short messages to label."""
    texts = ["She took her first steps today.", "They cancelled it again!", "The lights went out and I was alone."]
    return Fake(
        task("classification", {"labels": labels, "samples_per_label": 8}),
        items(*({"text": {"text": texts[place % 3]}} for place in range(count))),
    )


DOCUMENTS = {
    "d1": "Yeast eats the sugar in the dough and gives off gas, which makes it rise.",
    "d2": "Bread was baked in Egypt more than four thousand years ago.",
    "d3": "Baking powder releases gas when it is wet and warm.",
    "d4": "A loaf keeps longest in a bag, at room temperature.",
}


def reranking(mode: str = "graded", count: int = 2) -> Fake:
    """One question with four documents, shown in the order d3, d1, d4, d2."""
    content = {
        "query": {"text": "Why does bread rise?"},
        "instruction": "A text is relevant if it explains the cause.",
        "candidates": [{"id": key, "content": {"text": text}} for key, text in DOCUMENTS.items()],
    }
    order = ["d3", "d1", "d4", "d2"]
    settings = {"mode": mode, "grades": ["not relevant", "partly relevant", "relevant"]}
    return Fake(task("reranking", settings), items(*[content] * count, orders=[order] * count))


TEXTS = {
    "t1": "How to tune a piano",
    "t2": "Pancakes without eggs",
    "t3": "The choir sings Bach",
    "t4": "A soup for cold days",
    "t5": "Saving for a house",
}


def clustering(n_groups: int | None = None, count: int = 2) -> Fake:
    """Five titles on music, food and money."""
    content = {"texts": [{"id": key, "content": {"text": text}} for key, text in TEXTS.items()]}
    return Fake(task("clustering", {"n_groups": n_groups}), items(*[content] * count, orders=[list(TEXTS)] * count))


ALL = {"sts": sts, "classification": classification, "reranking": reranking, "clustering": clustering}
