"""How a run asks for its model: what stands in the queue, between the one who asks and the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from urllib.parse import urlsplit

from hume.errors import InvalidInput
from hume.raters.backends import Loading
from hume.records import Json
from hume.tasks.base import PROTOCOLS, ModelProtocol


@dataclass(frozen=True)
class Request:
    """How a model is to be loaded and asked."""

    loading: Loading = field(default_factory=Loading)
    protocol: ModelProtocol = "mteb"
    cache: bool = True
    """Whether embeddings that are known from before are used, and new ones kept."""

    @property
    def variant(self) -> str:
        """What was chosen that changes a model's answers, as it stands behind the revision: `+max_length=64`."""
        chosen = {"precision": self.loading.precision, "max_length": self.loading.max_length}
        return "".join(f"+{name}={value}" for name, value in chosen.items() if value not in ("auto", 0))

    def as_json(self) -> dict[str, Json]:
        """As it is stored: the protocol, and what is not the default.

        InvalidInput where an address has a password: whoever sees runs would see it.
        """
        if "@" in urlsplit(self.loading.base_url).netloc:
            raise InvalidInput(
                "The address of the endpoint has a user or a password, which would be stored with the run.",
                "Leave them out of --base-url; a key belongs into OPENAI_API_KEY.",
            )
        default = asdict(Loading())
        chosen = {name: value for name, value in asdict(self.loading).items() if value != default[name]}
        return {"protocol": self.protocol, **chosen, **({} if self.cache else {"cache": False})}


def read_request(raw: Mapping[str, Json]) -> Request:
    """The request of a run; InvalidInput where it has what this version does not know."""
    if raw.get("kind") == "llm":
        raise InvalidInput(
            "A run of a language model is no worker's: it needs a key.",
            "Ask again, what was answered is kept: hume annotate-llm --model M --base-url URL",
        )
    known = {one.name for one in fields(Loading)}
    protocol = raw.get("protocol", "mteb")
    unknown = sorted(set(raw) - known - {"protocol", "cache"})
    if unknown or protocol not in PROTOCOLS:
        what = f"{unknown[0]!r}" if unknown else f"the protocol {protocol!r}"
        raise InvalidInput(f"A run asks for {what}, which is not known here.", "Use the version of HUME that asked.")
    loading = Loading(**{name: value for name, value in raw.items() if name in known})
    return Request(loading, protocol, bool(raw.get("cache", True)))
