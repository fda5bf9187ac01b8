"""A contact that a visitor typed into the chat, to open the form with it filled in.

Owns the finding only: nothing is stored, and a visitor can empty the field. It does not promise
to find a contact that is spelt out in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

from assistant.leads.contact import ContactUnreadable, read_email

_PART = r"[^\s@<>()\[\],;:\"']"
# Bounded, and from a word's beginning on: a hostile message costs no more than its length.
_EMAIL = re.compile(rf"(?<!{_PART}){_PART}{{1,64}}@{_PART}{{3,255}}")
SEARCHED = 4000  # characters of each message


@dataclass(frozen=True, slots=True)
class FoundContact:
    """What to fill in; empty where nothing was found."""

    email: str = ""
    phone: str = ""


def find_contact(turns: Iterable[str], region: str) -> FoundContact:
    """The last e-mail address and the last telephone number in the visitor's messages."""
    email = phone = ""
    for turn in turns:
        email = _email_in(turn[:SEARCHED]) or email
        phone = _phone_in(turn[:SEARCHED], region) or phone
    return FoundContact(email, phone)


def _email_in(text: str) -> str:
    for found in reversed(_EMAIL.findall(text)):
        try:
            return read_email(found.rstrip(".!?")).shown
        except ContactUnreadable:
            continue
    return ""


def _phone_in(text: str, region: str) -> str:
    numbers = [m.number for m in PhoneNumberMatcher(text, region, leniency=Leniency.VALID)]
    return format_number(numbers[-1], PhoneNumberFormat.INTERNATIONAL) if numbers else ""
