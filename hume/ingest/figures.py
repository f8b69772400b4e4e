"""Names of published metrics and coefficients in HUME's own terms."""

from __future__ import annotations

from collections.abc import Mapping

from hume.ingest.known import HUME_V1
from hume.tasks import task_type

PUBLISHED_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sts": {
        "spearman": ("cosine_spearman", "spearman"),
        "pearson": ("cosine_pearson", "pearson"),
        "kendall": ("kendall",),
    },
    "clustering": {
        "v_measure": ("v_measure",),
        "ari": ("ari",),
        "ami": ("ami",),
        "homogeneity": ("homogeneity",),
        "completeness": ("completeness",),
    },
    "reranking": {
        "map": ("map_at_1000", "map"),
        "mrr_at_10": ("mrr_at_10", "mrr@10"),
        "ndcg_at_10": ("ndcg_at_10", "ndcg@10"),
    },
    "classification": {
        "accuracy": ("accuracy",),
        "f1_macro": ("f1", "f1_macro"),
        "f1_weighted": ("f1_weighted",),
        "precision_macro": ("precision", "precision_macro"),
        "precision_weighted": ("precision_weighted",),
        "recall_macro": ("recall", "recall_macro"),
        "recall_weighted": ("recall_weighted",),
    },
}
"""For each task type our metrics, the main one first, and what others call them. HUME v1's `mse` is not on ours' scale,
and so is left out."""

#: Counts that lie among published coefficients.
COUNTS = ("n_annotators", "n_items", "total_annotations", "n_comparisons")


def main_metric(kind: str) -> str:
    """The name of a task type's main metric."""
    return task_type(kind).metrics[0].name


def our_name(kind: str, metric: str) -> str:
    """Our name of a published metric; '' where there is none."""
    return next((ours for ours, theirs in PUBLISHED_NAMES[kind].items() if metric in (ours, *theirs)), "")


def policy(kind: str, is_human: bool) -> str:
    """How ties were treated in a published score: people's and models' rerankings were scored by different rules."""
    if kind != "reranking":
        return ""
    return "ties=hume-v1" if is_human else "ties=mteb"


def known_type(task: str) -> str:
    """The task type of a HUME task; '' for another."""
    return HUME_V1.get(task, "")
