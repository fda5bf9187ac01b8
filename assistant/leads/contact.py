"""How a person can be reached: e-mail addresses and telephone numbers, read and compared.

Owns the forms in which contacts are stored and the keys by which two requests are known to come
from the same person. It does not promise that an address exists: nothing is looked up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


class ContactUnreadable(ValueError):
    """What was given is neither an e-mail address nor a telephone number."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person: `shown` as people write it, `key` for comparison."""

    shown: str
    key: str


def tidy(text: str) -> str:
    """Text without characters that nobody types: controls, lone surrogates, hidden marks."""
    text = _SURROGATES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", _CONTROLS.sub("", text)).strip()


def tidy_line(text: str) -> str:
    """The same on one line, so that it can stand in a header or a table."""
    return " ".join(tidy(re.sub(r"\s", " ", text)).split())


def read_email(text: str) -> Contact:
    """An e-mail address. Raises `ContactUnreadable` if it is none."""
    try:
        found = validate_email(tidy_line(text), check_deliverability=False)
    except EmailNotValidError:
        raise ContactUnreadable("This is not an e-mail address.") from None
    return Contact(found.normalized, found.normalized.lower())


def read_phone(text: str, region: str) -> Contact:
    """A telephone number; `region` (such as "US") is used when it has no country code.

    Raises `ContactUnreadable` if no such number can be dialled.
    """
    try:
        number = phonenumbers.parse(tidy_line(text), region or None)
    except phonenumbers.NumberParseException:
        raise ContactUnreadable("This is not a telephone number.") from None
    if not phonenumbers.is_valid_number(number):
        raise ContactUnreadable("This telephone number cannot be dialled.")
    style = phonenumbers.PhoneNumberFormat
    return Contact(
        phonenumbers.format_number(number, style.INTERNATIONAL),
        phonenumbers.format_number(number, style.E164),
    )


def read_contact(text: str, region: str) -> Contact:
    """An e-mail address or a telephone number, whichever it is.

    The message of `ContactUnreadable` does not repeat the contact: it may be logged.
    """
    if "@" in text:
        return read_email(text)
    try:
        return read_phone(text, region)
    except ContactUnreadable:
        raise ContactUnreadable(
            "The contact is neither an e-mail address nor a telephone number; "
            "write the number with its country code, such as +44 20 7946 0000."
        ) from None
