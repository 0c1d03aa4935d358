"""How the server runs: from the command line, or from the environment as PCVIZ_PORT, PCVIZ_PUBLIC and so on."""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pcviz_server.backend import Budget
from pcviz_server.origin import LOOPBACK

_LOCAL = Budget(depth=256, width=1024, batch_size=1024, inference_steps=1024, weights=2**26)
_PUBLIC = Budget(depth=128, width=256, batch_size=256, inference_steps=512, weights=2**22)


def _names(given: Any) -> Any:
    """Names as they are typed, `a.example, b.example`, or as a JSON list."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        try:
            return json.loads(given)
        except ValueError as error:
            raise ValueError("write names with commas between them: a.example,b.example") from error
    return [name for part in given.split(",") if (name := part.strip())]


def _hosts(names: frozenset[str]) -> frozenset[str]:
    for name in names:
        if "/" in name or (":" in name and name.count(":") == 1) or "*" in name:
            raise ValueError(f"{name!r} is no host name; write it as viz.example.org, without scheme and port")
    return frozenset(name.lower().strip("[]") for name in names)


def _origins(names: frozenset[str]) -> frozenset[str]:
    for name in names:
        scheme, _, host = name.partition("://")
        if scheme not in ("http", "https") or not host or "/" in host:
            raise ValueError(f"{name!r} is no origin; write it as https://viz.example.org, with a scheme and without a path")
    return names


PREFIX = "PCVIZ_"
Hosts = Annotated[frozenset[str], NoDecode, BeforeValidator(_names), AfterValidator(_hosts)]
Origins = Annotated[frozenset[str], NoDecode, BeforeValidator(_names), AfterValidator(_origins)]


class Settings(BaseSettings):
    """Everything that an operator may set. `public` opens the server to other machines and limits what one visitor takes."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public: bool = Field(False, description="Listen on every address and apply the limits of a public demonstration.")
    allowed_origins: Origins = Field(frozenset(), description="Pages besides our own that may open the websocket.")
    allowed_hosts: Hosts = Field(frozenset(), description="Names that this server answers to. None means any.")
    frame_ancestors: str = Field("'self'", description="Which sites may show the page in a frame (CSP syntax).")
    max_sessions: int = Field(64, ge=1, description="Runs at a time.")
    worker_niceness: int = Field(10, ge=0, le=19, description="How far the worker steps back for other processes.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("warning", description="Least severe message to log.")

    @classmethod
    def read(cls, **given: Any) -> Self:
        """From the environment and what was `given` besides.

        Raises:
            ValueError: a sentence for each value that cannot be used, with the name as the operator wrote it.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            raise ValueError("\n".join(_sentence(wrong, given) for wrong in error.errors())) from None

    @property
    def bind_address(self) -> str:
        """The address to listen on: every one for a public server, unless one is given."""
        return "0.0.0.0" if self.public and self.host in LOOPBACK else self.host

    @property
    def hosts(self) -> frozenset[str]:
        """The names to answer to. A server on loopback answers to loopback's only."""
        if self.allowed_hosts or self.bind_address not in LOOPBACK:
            return self.allowed_hosts
        return LOOPBACK

    @property
    def budget(self) -> Budget:
        """How large one network may be."""
        return _PUBLIC if self.public else _LOCAL

    @property
    def messages_per_second(self) -> float:
        """Sustained rate of one socket's messages other than acks; twice as many may come at once."""
        return 50 if self.public else 200


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none, with the one that is called alike."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    ours = sorted(name for name in environment if name.upper().startswith(PREFIX))
    near = {name: get_close_matches(name.upper(), known, n=1) for name in ours if name.upper() not in known | _OTHERS}
    return [f"{name} is no setting of pcviz." + (f" Is it {alike[0]}?" if alike else "") for name, alike in near.items()]


_OTHERS = {"PCVIZ_CHROMIUM", "PCVIZ_SCREENSHOT", "PCVIZ_SKIP_FRONTEND", "PCVIZ_SERVER", "PCVIZ_JPC", "PCVIZ_PCX"}
"""Variables of the build, the tests and the benchmarks, which a server may find and does not read."""


def _sentence(wrong: Any, given: Mapping[str, Any]) -> str:
    name = str(wrong["loc"][0]) if wrong["loc"] else "settings"
    where = f"--{name}" if name in given else PREFIX + name.upper()
    value, what = wrong["input"], wrong["msg"].removeprefix("Value error, ")
    return f"{where}={value}: {what[0].lower()}{what[1:]}."
