"""Which commit of a model on the hub is to run: asked once and quickly, so that a wrong name is told at once."""

from __future__ import annotations

from dataclasses import dataclass

from hume.errors import HumeError, NotFound

#: Seconds that the hub is given to answer one small question.
PATIENCE = 10


@dataclass(frozen=True)
class Pinned:
    """A commit, and whether it is to be read from this machine's cache because the hub did not answer."""

    commit: str
    cached: bool = False


def pinned(name: str, revision: str = "") -> Pinned:
    """The commit that `revision` of `name` (`organisation/model`) is now; '' for the latest.

    Where the hub cannot be reached, the one that was loaded here before. NotFound says which of the two is wrong, or
    that the network is; HumeError where the hub refuses.
    """
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    where = constants.ENDPOINT
    try:
        found = HfApi(endpoint=where).model_info(name, revision=revision or None, timeout=PATIENCE)
    except HFValidationError as fault:
        raise NotFound(f"{name!r} is neither a folder here nor a name on the hub (organisation/model).") from fault
    except RevisionNotFoundError as fault:
        raise NotFound(
            f"{name} has no revision {revision!r}. Give a commit, tag or branch of {where}/{name}/commits/main, "
            "or none for the latest."
        ) from fault
    except RepositoryNotFoundError as fault:
        raise NotFound(
            f"There is no model {name!r} on {where}, or not for everybody. Check the spelling; for a private or gated "
            "one put a token that may read it into HF_TOKEN."
        ) from fault
    except HfHubHTTPError as fault:
        if fault.response.status_code < 500:
            raise HumeError(f"{where} refuses {name!r}: {first_line(fault)}") from fault
        return _from_cache(name, revision, where, fault)
    except (OSError, _transport_error()) as fault:
        return _from_cache(name, revision, where, fault)
    return Pinned(str(found.sha))


def _from_cache(name: str, revision: str, where: str, fault: Exception) -> Pinned:
    from huggingface_hub import resolve_revision, try_to_load_from_cache
    from huggingface_hub.errors import RevisionResolutionError

    try:
        commit = str(resolve_revision(name, revision=revision or None, local_files_only=True).resolved)
    except RevisionResolutionError:
        commit = ""
    if commit and any(
        isinstance(try_to_load_from_cache(name, file, revision=commit), str) for file in ("config.json", "modules.json")
    ):
        return Pinned(commit, cached=True)
    raise NotFound(
        f"{name!r} is no folder here, and {where} cannot be reached: {first_line(fault)} Check the network, or set "
        f"HF_ENDPOINT to a mirror; or fetch it elsewhere (hf download {name} --local-dir FOLDER) and give the folder."
    ) from fault


def _transport_error() -> type[Exception]:
    """What the hub's client raises where there is no connection: its HTTP library changed with its versions."""
    from huggingface_hub.errors import HfHubHTTPError

    library = next(base for base in HfHubHTTPError.__mro__ if base.__module__.split(".")[0] in ("httpx", "httpx2"))
    error: type[Exception] = library
    return error


def first_line(fault: Exception) -> str:
    """What an error says first, with a full stop; its type where it says nothing."""
    lines = str(fault).strip().splitlines()
    return f"{lines[0].rstrip('.')}." if lines else f"{type(fault).__name__}."
