"""Where a command lets models run: in its own process, or on the machines of a Ray cluster."""

from __future__ import annotations

from typing import Literal

from hume.raters.backends import Loading, load
from hume.raters.cache import EmbeddingCache
from hume.runner.answering import Loader
from hume.runner.ray_cluster import RayCluster
from hume.settings import Settings

Engine = Literal["local", "ray"]
ENGINE_HELP = "`local`: in this process. `ray`: on a Ray cluster, a model on each GPU."
ADDRESS_HELP = "Of the Ray cluster: HOST:PORT, or auto; without it one is started on this machine."


def loader_of(engine: Engine, address: str) -> Loader:
    """What loads a model where it is to run."""
    if engine == "local":
        return load

    def on_the_cluster(model: str, loading: Loading) -> RayCluster:
        settings = Settings()
        return RayCluster(model, loading, address, (settings.cache_folder, settings.cache_gb))

    return on_the_cluster


def embedding_cache() -> EmbeddingCache:
    """The embeddings that this machine keeps."""
    settings = Settings()
    return EmbeddingCache(settings.cache_folder, settings.cache_gb)
