"""How the server runs: from the command line, or from the environment as PCVIZ_PORT, PCVIZ_PUBLIC and so on."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from pcviz_server.backend import Budget
from pcviz_server.origin import LOOPBACK

_LOCAL = Budget(depth=256, width=1024, batch_size=1024, inference_steps=1024, weights=2**26)
_PUBLIC = Budget(depth=128, width=256, batch_size=256, inference_steps=512, weights=2**22)


class Settings(BaseSettings):
    """Everything that an operator may set. `public` opens the server to other machines and limits what one visitor takes."""

    model_config = SettingsConfigDict(env_prefix="PCVIZ_", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public: bool = Field(False, description="Listen on every address and apply the limits of a public demonstration.")
    allowed_origins: frozenset[str] = Field(frozenset(), description="Pages besides our own that may open the websocket.")
    allowed_hosts: frozenset[str] = Field(frozenset(), description="Names that this server answers to. None means any.")
    frame_ancestors: str = Field("'self'", description="Which sites may show the page in a frame (CSP syntax).")
    max_sessions: int = Field(64, ge=1, description="Runs at a time.")
    worker_niceness: int = Field(10, ge=0, le=19, description="How far the worker steps back for other processes.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("warning", description="Least severe message to log.")

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
