"""MTEB's tables of a reranking (corpus, queries, qrels, top_ranked, instruction) as drafts of items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hume.ingest.documents import Draft
from hume.ingest.rows import Row
from hume.ingest.shapes import Built, SubsetTables
from hume.records import Json

_ID = ("_id", "id")


@dataclass
class _Collection:
    """The tables of one split, by id."""

    documents: dict[str, str]
    queries: dict[str, Row]
    grades: dict[str, dict[str, float]]
    ranked: dict[str, list[str]] | None
    instructions: dict[str, str] | None
    dropped: dict[str, list[str]] = field(default_factory=dict)


NO_CANDIDATES = "no candidates in top_ranked (mteb counts those that have an empty row as 0)"


def build_reranking(subset: SubsetTables, settings: Mapping[str, Json]) -> Built:
    """One draft a query that has qrels, with its candidates in the order of `top_ranked`, known by the query's id.

    Without `top_ranked` the judged documents are the candidates. A query without qrels, or without candidates in
    `top_ranked`, is dropped with a note: there is nothing to ask. InvalidItem for a document or query that is not
    there.
    """
    drafts: list[Draft] = []
    notes = []
    for split, tables in subset.splits.items():
        collection = _collection(tables)
        drafts += [draft for row in collection.queries.values() for draft in _draft(row, split, collection)]
        if collection.ranked is None:
            notes.append("there is no top_ranked table: the judged documents are the candidates.")
        for why, ids in collection.dropped.items():
            shown = ", ".join(ids[:5]) + (", ..." if len(ids) > 5 else "")
            notes.append(f"{len(ids)} queries are left out, as they have {why}: {shown}.")
    return Built(tuple(drafts), notes=tuple(notes))


def _collection(tables: Mapping[str, Iterable[Row]]) -> _Collection:
    documents = {key: _document(row) for key, row in _by_id(tables["corpus"]).items()}
    queries = _by_id(tables["queries"])
    return _Collection(
        documents,
        queries,
        _grades(tables["qrels"], documents, queries),
        _ranked(tables["top_ranked"], documents, queries) if "top_ranked" in tables else None,
        _instructions(tables["instruction"], queries) if "instruction" in tables else None,
    )


def _draft(row: Row, split: str, collection: _Collection) -> Sequence[Draft]:
    """The query's draft; none where it is dropped."""
    query = row.key(*_ID)
    grades = collection.grades.get(query)
    candidates = list(grades or ()) if collection.ranked is None else collection.ranked.get(query)
    for why, absent in (("no qrels", grades is None), (NO_CANDIDATES, not candidates)):
        if absent:
            collection.dropped.setdefault(why, []).append(query)
            return ()
    raw: dict[str, Json] = {
        "query": row.text("text"),
        "candidates": [{"id": document, "content": collection.documents[document]} for document in candidates or ()],
        "gold": grades,
    }
    instruction = _instruction(row, query, collection)
    if instruction:
        raw["instruction"] = instruction
    return (Draft(raw, split, row.file, row.line, query, {"query": "text"}),)


def _instruction(row: Row, query: str, collection: _Collection) -> str:
    if collection.instructions is None:
        return row.text("instruction") if row.has("instruction") else ""
    if query not in collection.instructions:
        raise row.fault(f"query {query!r} has no instruction.", "Add its row to the instruction table.", "_id")
    return collection.instructions[query]


def _document(row: Row) -> str:
    """MTEB's text of a document: title and text joined by a space, stripped; the text alone where there is no title."""
    text = row.text("text")
    return f"{row.text('title')} {text}".strip() if row.has("title") and row.text("title") else text.strip()


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        key = row.key(*_ID)
        if key in found:
            column = row.need(*_ID)
            raise row.fault(
                f"the id {key!r} stands in line {found[key].line} already.", "Give each row an id of its own.", column
            )
        found[key] = row
    return found


def _grades(
    rows: Iterable[Row], documents: Mapping[str, str], queries: Mapping[str, Row]
) -> dict[str, dict[str, float]]:
    grades: dict[str, dict[str, float]] = {}
    for row in rows:
        query, document = _known(row, "query-id", queries), _known(row, "corpus-id", documents)
        grade = row.number("score")
        if not grade.is_integer():
            raise row.fault(f"the grade {grade:g} is no whole number.", "Grade by 0, 1, 2, ...", "score")
        if grades.setdefault(query, {}).setdefault(document, grade) != grade:
            raise row.fault(
                f"document {document!r} has another grade for query {query!r} above.", "Keep one of them.", "score"
            )
    return grades


def _ranked(rows: Iterable[Row], documents: Mapping[str, str], queries: Mapping[str, Row]) -> dict[str, list[str]]:
    ranked: dict[str, list[str]] = {}
    for row in rows:
        query = _known(row, "query-id", queries)
        ids = [str(value) for value in row.array("corpus-ids")]
        unknown = next((document for document in ids if document not in documents), None)
        if unknown is not None:
            raise row.fault(f"there is no document {unknown!r}.", "Add it to the corpus.", "corpus-ids")
        if len(set(ids)) < len(ids) or query in ranked:
            raise row.fault("a candidate or the query stands twice.", "Name each once.", "corpus-ids")
        ranked[query] = ids
    return ranked


def _instructions(rows: Iterable[Row], queries: Mapping[str, Row]) -> dict[str, str]:
    return {_known(row, "query-id", queries): row.text("instruction") for row in rows}


def _known(row: Row, column: str, table: Mapping[str, object]) -> str:
    key = row.key(column)
    if key not in table:
        what, where = ("document", "corpus") if column == "corpus-id" else ("query", "queries")
        raise row.fault(f"there is no {what} {key!r}.", f"Add it to the {where}, or drop the row.", column)
    return key
