"""The owner's settings, read once from the environment (prefix `SERENITY_`) or `.env`.

Owns every knob of the assistant. It invents none of the spa's facts: what is not set is empty,
and replies then say that the spa will tell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


Read = TypeVar("Read", bound=BaseSettings)


class SettingsUnreadable(Exception):
    """Some settings cannot be read: one line for each, for whoever started the program."""


def read_settings(kind: type[Read]) -> Read:
    """The settings of that kind. Raises `SettingsUnreadable`."""
    try:
        return kind()
    except ValidationError as error:
        lines = (
            f"SERENITY_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        )
        raise SettingsUnreadable("These settings cannot be read:\n" + "\n".join(lines)) from None


class Settings(BaseSettings):
    """All settings with their defaults; the README's table names each.

    Raises `pydantic.ValidationError` on a value that cannot be read; programs take them by
    `read_settings`.
    """

    model_config = SettingsConfigDict(
        env_prefix="SERENITY_",
        env_file=PROJECT / ".env",
        env_ignore_empty=True,  # empty means "not set": a copied `.env` template does no harm
        extra="ignore",
        frozen=True,
    )

    data_dir: Path = Field(
        PROJECT / "var", description="Folder of everything built: index, database."
    )
    corpus_dir: Path = Field(
        PROJECT / "corpus" / "guides", description="Folder of Markdown guides."
    )
    index_dir: Path | None = Field(
        None, description="Folder of the index; DATA_DIR/index if unset."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of leads; SQLite in DATA_DIR if unset."
    )
    chroma_url: str | None = Field(None, description="http://host:port of a Chroma server.")
    locale: Literal["", "us", "uk", "eu"] = Field(
        "", description="Whose emergency numbers are shown; empty shows all three."
    )
    model: str | None = Field(
        None, description="LangChain chat model `provider:name` that helps to pick sentences."
    )
    staff_password_hash: SecretStr | None = Field(
        None, description="argon2 hash of the staff page's password."
    )
    smtp_url: SecretStr | None = Field(
        None, description="smtp(s)://user:password@host:port that sends e-mail."
    )
    notify_email: str | None = Field(None, description="The spa's address for new requests.")
    mail_from: str | None = Field(None, description="Sender of our e-mails; NOTIFY_EMAIL if unset.")
    webhook_url: str | None = Field(None, description="Where new requests are posted, signed.")
    webhook_secret: SecretStr | None = Field(None, description="whsec_... of Standard Webhooks.")
    booking_url: str | None = Field(None, description="Link to the owner's booking system.")
    frame_ancestors: str = Field("'self'", description="Who may embed the page (CSP).")
    phone_region: str = Field(
        "US", pattern="^[A-Z]{2}$", description="Country of telephone numbers without a code."
    )
    leads_per_session: int = Field(5, ge=1, description="Requests an hour from one session.")
    leads_per_contact: int = Field(5, ge=1, description="Requests an hour from one contact.")
    leads_per_hour: int = Field(100, ge=1, description="Requests an hour in all.")
    retention_days: int = Field(365, ge=1, description="Days after which leads are erased.")
    spa_phone: str = Field(
        "", validation_alias="SERENITY_PHONE", description="The spa's telephone."
    )
    spa_address: str = Field(
        "", validation_alias="SERENITY_ADDRESS", description="The spa's address."
    )
    spa_hours: str = Field("", validation_alias="SERENITY_HOURS", description="Opening hours.")
    spa_prices: str = Field("", validation_alias="SERENITY_PRICES", description="Prices.")

    @property
    def index_path(self) -> Path:
        """Folder of the built index."""
        return self.index_dir or self.data_dir / "index"

    @property
    def leads_url(self) -> str:
        """SQLAlchemy URL of the leads database."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'leads.sqlite3').resolve()}"
