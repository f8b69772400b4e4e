"""BM25 as a baseline: words in common, rare ones counting more; by language as mteb's baseline has it.

It orders documents for a query, and so answers rerankings alone. Robertson and Zaragoza 2009, in Lucene's
variant, whose scores are never negative.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hume.errors import MissingExtra, Unsuited
from hume.raters.backends import Loading, ModelCard
from hume.records import Subset, Task

K1, B, METHOD = 1.5, 0.75, "lucene"
COMMON = 0.9
"""Where a language has no list of stop words, those that stand in this share of the documents or more are left out."""


class Language(NamedTuple):
    """How texts of a language become terms; empty for what there is not."""

    stop_words: str = ""
    """The name of bm25s's list."""
    stemmer: str = ""
    """Snowball's name of the language."""
    by_character: bool = False
    """A term is a character, in scripts that do not space words."""


#: By ISO 639-3; others are split into words, and no more.
LANGUAGES: Mapping[str, Language] = {
    "eng": Language("STOPWORDS_EN", "english"),
    "deu": Language("STOPWORDS_GERMAN", "german"),
    "nld": Language("STOPWORDS_DUTCH", "dutch"),
    "fra": Language("STOPWORDS_FRENCH", "french"),
    "spa": Language("STOPWORDS_SPANISH", "spanish"),
    "por": Language("STOPWORDS_PORTUGUESE", "portuguese"),
    "ita": Language("STOPWORDS_ITALIAN", "italian"),
    "rus": Language("STOPWORDS_RUSSIAN", "russian"),
    "swe": Language("STOPWORDS_SWEDISH", "swedish"),
    **dict.fromkeys(("nob", "nno", "nor"), Language("STOPWORDS_NORWEGIAN", "norwegian")),
    **dict.fromkeys(("zho", "cmn"), Language("STOPWORDS_CHINESE", by_character=True)),
    **dict.fromkeys(("jpn", "kor", "tha", "khm", "mya", "bod", "lao"), Language(by_character=True)),
    **{
        code: Language(stemmer=stemmer)
        for code, stemmer in {
            "ara": "arabic", "arb": "arabic", "hye": "armenian", "eus": "basque", "cat": "catalan", "dan": "danish",
            "epo": "esperanto", "est": "estonian", "fin": "finnish", "ell": "greek", "hin": "hindi", "hun": "hungarian",
            "ind": "indonesian", "gle": "irish", "lit": "lithuanian", "nep": "nepali", "ron": "romanian",
            "srp": "serbian", "tam": "tamil", "tur": "turkish", "yid": "yiddish",
        }.items()
    },
}  # fmt: skip


class Bm25:
    """BM25 over the distinct documents that it is asked about at once: those of a subset."""

    reads_all_at_once = True

    def __init__(self) -> None:
        self.card = ModelCard(
            name="baseline/bm25",
            revision=f"{METHOD}-{K1}-{B}",
            device="cpu",
            versions={package: version(package) for package in ("bm25s", "PyStemmer")},
            settings={"method": METHOD, "k1": K1, "b": B, "corpus": "the subset's distinct documents"},
        )

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        """BM25 of each (query, document), shape (n,), 0 for no term in common.

        Frequencies are those of all documents in `pairs`, each counted once; so a subset's pairs belong into one call.
        Unsuited for another type than reranking.
        """
        if task.task_type != "reranking":
            raise Unsuited(f"BM25 orders documents for a query; it does not answer the task type {task.task_type}.")
        documents = list(dict.fromkeys(document for _, document in pairs))
        terms = Terms(_language(subset))
        index = _index(terms.of_corpus(documents))
        scores = np.zeros(len(pairs), dtype=np.float32)
        if index is None:
            return scores
        place = {document: number for number, document in enumerate(documents)}
        queries = list(dict.fromkeys(query for query, _ in pairs))
        asked: dict[str, list[int]] = {query: [] for query in queries}
        for number, (query, _) in enumerate(pairs):
            asked[query].append(number)
        for query, words in zip(queries, terms.of_queries(queries), strict=True):
            if words:
                own = asked[query]
                scores[own] = index.get_scores(words)[[place[pairs[number][1]] for number in own]]
        return scores


class Terms:
    """Texts of one language as terms; queries lose the words that were too common in the corpus."""

    def __init__(self, language: Language) -> None:
        import Stemmer
        from bm25s import tokenization

        self._by_character = language.by_character
        self._stemmer = Stemmer.Stemmer(language.stemmer) if language.stemmer else None
        self._listed = bool(language.stop_words)
        self._stops = set(getattr(tokenization, language.stop_words)) if language.stop_words else set()

    def of_corpus(self, documents: Sequence[str]) -> list[list[str]]:
        # mteb puts a title and a line break before every document; where characters are terms, that break is one.
        found = self._split([f"\n{document}" for document in documents])
        if self._listed:
            return found
        in_documents = Counter(term for terms in found for term in set(terms))
        self._stops = {term for term, count in in_documents.items() if count / len(found) >= COMMON}
        return [[term for term in terms if term not in self._stops] for terms in found]

    def of_queries(self, queries: Sequence[str]) -> list[list[str]]:
        return self._split(queries)

    def _split(self, texts: Sequence[str]) -> list[list[str]]:
        if self._by_character:
            return [[letter for letter in _letters(text) if letter not in self._stops] for text in texts]
        import bm25s

        found: list[list[str]] = bm25s.tokenize(
            list(texts), stopwords=list(self._stops), stemmer=self._stemmer, return_ids=False, show_progress=False
        )
        return found


def load(name: str, loading: Loading) -> Bm25:
    """BM25; there is nothing to choose."""
    if find_spec("bm25s") is None or find_spec("Stemmer") is None:
        raise MissingExtra("models", "BM25")
    return Bm25()


def _letters(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace(" ", "")


def _language(subset: Subset) -> Language:
    """That of the subset; English where it has none or several, as in mteb."""
    codes = {language.split("-")[0] for language in subset.languages}
    return LANGUAGES.get(codes.pop() if len(codes) == 1 else "eng", Language())


def _index(corpus: list[list[str]]) -> Any:
    """bm25s's index; None where no document has a term."""
    import bm25s

    if not any(corpus):
        return None
    index = bm25s.BM25(k1=K1, b=B, delta=0.5, method=METHOD)
    index.index(corpus, show_progress=False)
    return index
