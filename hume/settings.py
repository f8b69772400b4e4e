"""Settings from the environment: HUME_HOME, HUME_DATABASE_URL, ..."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ModelWrapValidatorHandler, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hume.errors import HumeError


class Settings(BaseSettings):
    """Each field is read from the environment variable `HUME_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="HUME_", frozen=True)

    home: Path = Field(default_factory=lambda: user_data_path("hume"), description="Folder of the embedded database.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means the SQLite file hume.db in HUME_HOME.")
    cache: Path | None = Field(
        None, description="Folder of what can be computed again, such as embeddings; local disk."
    )
    cache_gb: float = Field(10.0, gt=0, description="Gigabytes of embeddings that are kept there at most.")
    backups: int = Field(7, ge=0, description="Nightly backups of the embedded database that are kept; 0 makes none.")
    metrics: Literal["admins", "public"] = Field("admins", description="Who may read /metrics.")
    oidc_domains: str = Field(
        "", description="E-mail domains, with commas between, whose people become annotators by a provider's word."
    )
    log: Literal["text", "json"] = Field("text", description="What the server's log looks like.")
    host: str = Field("127.0.0.1", description="Address that `hume serve` listens on.")
    port: int = Field(8501, ge=1, le=65_535, description="Port that `hume serve` listens on.")
    public_url: str = Field("", description="Where browsers reach the server, for links that are printed.")
    proxies: str = Field(
        "127.0.0.1,::1", description="Proxies that are believed who their clients are, with commas between."
    )
    database_pool: int = Field(20, ge=2, description="Connections to PostgreSQL that a server's process keeps at most.")

    @model_validator(mode="wrap")
    @classmethod
    def _told(cls, values: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        """HumeError names the variable that cannot be read."""
        try:
            return read(values)
        except ValidationError as invalid:
            first = invalid.errors(include_url=False)[0]
            name = f"HUME_{str(first['loc'][0]).upper()}"
            raise HumeError(f"{name} is {first['input']!r}: {first['msg']}. Set it right, or leave it out.") from None

    @property
    def url(self) -> str:
        """The database's URL, the embedded default included."""
        return self.database_url or f"sqlite:///{self.home / 'hume.db'}"

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment):
            raise ValueError("it is no address such as https://hume.example.org")
        return value.rstrip("/")

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for one in filter(None, map(str.strip, value.split(","))):
            ip_network(one)  # whoever believed everybody would let everybody choose who they are
        return value

    @property
    def oidc_domain_names(self) -> frozenset[str]:
        """HUME_OIDC_DOMAINS as the domains themselves."""
        return frozenset(filter(None, (name.strip().lower() for name in self.oidc_domains.split(","))))

    @property
    def cache_folder(self) -> Path:
        """HUME_CACHE; else beside the database where HUME_HOME is set, else the platform's cache folder."""
        return self.cache or (self.home / "cache" if "home" in self.model_fields_set else user_cache_path("hume"))
