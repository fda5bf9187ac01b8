"""The settings of serving alone: caps of the HTTP door and the pool, and the public address.

Owns the numbers and their bounds. They protect a small machine; a proxy in front may ask for less.
"""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.settings import PROJECT


class ServingSettings(BaseSettings):
    """Read from the environment like `assistant.settings.Settings`, with the same prefix.

    Raises `pydantic.ValidationError` on a value that cannot be read.
    """

    model_config = SettingsConfigDict(
        env_prefix="SERENITY_",
        env_file=PROJECT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    api_per_minute: int = Field(60, ge=1, description="Questions a minute from one address.")
    api_body_bytes: int = Field(65_536, ge=4_096, description="Largest body of one request.")
    api_turns: int = Field(50, ge=1, description="Most messages of one conversation.")
    api_cors_origins: str = Field(
        "", description="Web origins, by space, whose scripts may call the API; none if empty."
    )
    answer_workers: int = Field(2, ge=1, le=64, description="Questions answered at once.")
    answer_queue: int = Field(64, ge=0, description="Questions that wait; more are told to retry.")
    answer_seconds: float = Field(20.0, gt=0, description="Longest wait for a reply, in all.")
    public_url: str = Field(
        "http://127.0.0.1:8501", description="Where the page is reached; for links at start-up."
    )
