"""The request form: what a visitor may send, and kind words for what is wrong with it.

Owns the fields, their bounds and their validation. Errors come for all fields at once, so that
the page can show each beside its field and keep the rest filled in. It does not promise that a
form comes from a person: `suspicion` looks at that.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from assistant.leads.contact import ContactUnreadable, read_email, read_phone, tidy, tidy_line

LONGEST = {"name": 100, "wish": 300, "message": 2000, "phone": 40, "email": 254, "website": 200}
LABELS = {"name": "name", "wish": "wish", "message": "message"}

NO_CONTACT = "Please leave an e-mail address or a telephone number; either is enough."
BAD_EMAIL = (
    "This e-mail address does not look right. Please check it, for example name@example.com."
)
BAD_PHONE = "This telephone number does not look right. Please check it, or add the country code."
NO_CONSENT = "Please tick the box, so that the spa may use your details to answer you."
BAD_KEY = "This form is out of date. Please open it again; what you wrote can be copied."


def mint_key() -> str:
    """A new idempotency key; mint it once, when the form is drawn."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class FormErrors:
    """What to put right, by field, in sentences for the visitor."""

    errors: Mapping[str, str]


class LeadForm(BaseModel):
    """A request as sent: cleaned, bounded and valid. `website` is the honeypot, hidden on the page.

    `email` and `phone` are in the form that is stored, or empty; at least one is given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    idempotency_key: str = Field("", validate_default=True)
    name: str = Field("", repr=False)
    phone: str = Field("", repr=False)
    email: str = Field("", validate_default=True, repr=False)
    wish: str = Field("", repr=False)
    message: str = Field("", repr=False)
    consent: bool = Field(False, validate_default=True)
    attach_chat: bool = False
    website: str = Field("", repr=False)

    @field_validator("name", "phone", "email", "wish", "message", "website", mode="before")
    @classmethod
    def _tidy(cls, value: object, info: ValidationInfo) -> str:
        """Clean the text; an empty field of a web form may arrive as None."""
        field = info.field_name or ""
        text = "" if value is None else str(value)[:20_000]
        text = tidy(text) if field == "message" else tidy_line(text)
        longest = LONGEST[field]
        if field == "website":
            return text[:longest]
        if len(text) > longest and field in LABELS:
            label, extra = LABELS[field], len(text) - longest
            raise _problem(
                f"Your {label} is too long by {extra} characters; {longest} are possible."
            )
        return text

    @field_validator("phone")
    @classmethod
    def _phone_can_be_dialled(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        try:
            region = (info.context or {}).get("region", "")
            return read_phone(_bounded(value, "phone"), region).shown
        except ContactUnreadable:
            raise _problem(BAD_PHONE) from None

    @field_validator("email")
    @classmethod
    def _email_is_one(cls, value: str, info: ValidationInfo) -> str:
        """Also the place of the error if neither contact is given."""
        if not value and info.data.get("phone") == "":
            raise _problem(NO_CONTACT)
        try:
            return read_email(_bounded(value, "email")).shown if value else value
        except ContactUnreadable:
            raise _problem(BAD_EMAIL) from None

    @field_validator("consent")
    @classmethod
    def _consent_is_given(cls, value: bool) -> bool:
        if not value:
            raise _problem(NO_CONSENT)
        return value

    @field_validator("idempotency_key")
    @classmethod
    def _key_was_minted(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", value):
            raise _problem(BAD_KEY)
        return value


def validate_form(data: Mapping[str, Any], region: str) -> LeadForm | FormErrors:
    """The form that a visitor sent, or what to put right in each field.

    `region` (such as "US") reads telephone numbers without a country code.
    """
    try:
        return LeadForm.model_validate(dict(data), context={"region": region})
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        return FormErrors({str(each["loc"][0]): _sentence(each) for each in problems})


def _sentence(problem: Mapping[str, Any]) -> str:
    if problem["type"] == "lead_form":
        return str(problem["msg"])
    return "This field could not be read. Please open the form again."


def _bounded(value: str, field: str) -> str:
    if len(value) > LONGEST[field]:
        raise ContactUnreadable(f"longer than {LONGEST[field]} characters")
    return value


def _problem(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("lead_form", "{sentence}", {"sentence": sentence})
