"""The sixteen tasks of HUME(v1): what their files do not say, as mteb 2.26 defines it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hume.records import Json


@dataclass(frozen=True)
class Known:
    """The task type and the settings that differ from the type's own."""

    task_type: str
    settings: Mapping[str, Json] = field(default_factory=dict)


HUME_V1: Mapping[str, Known] = {
    "HUMECore17InstructionReranking": Known("reranking"),
    "HUMENews21InstructionReranking": Known("reranking"),
    "HUMERobust04InstructionReranking": Known("reranking"),
    "HUMEWikipediaRerankingMultilingual": Known("reranking"),
    "HUMEEmotionClassification": Known("classification", {"samples_per_label": 16}),
    "HUMEMultilingualSentimentClassification": Known("classification"),
    "HUMEToxicConversationsClassification": Known("classification", {"samples_per_label": 16}),
    "HUMETweetSentimentExtractionClassification": Known("classification", {"samples_per_label": 32}),
    "HUMEArxivClusteringP2P": Known("clustering"),
    "HUMERedditClusteringP2P": Known("clustering"),
    "HUMESIB200ClusteringS2S": Known("clustering"),
    "HUMEWikiCitiesClustering": Known("clustering"),
    "HUMESICK-R": Known("sts"),
    "HUMESTS12": Known("sts"),
    "HUMESTS22": Known("sts", {"min": 1, "max": 4}),
    "HUMESTSBenchmark": Known("sts"),
}


def known_settings(name: str, task_type: str) -> Mapping[str, Json]:
    """Settings of the HUME task of that name and type; none for another."""
    found = HUME_V1.get(name)
    return found.settings if found and found.task_type == task_type else {}
