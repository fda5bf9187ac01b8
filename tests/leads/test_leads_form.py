"""The form: what is taken, and kind words for what is not."""

import pytest

from assistant.leads import FormErrors, LeadForm, mint_key, validate_form
from assistant.leads.form import BAD_EMAIL, BAD_KEY, BAD_PHONE, NO_CONSENT, NO_CONTACT


def checked(region="US", **data):
    base = {"idempotency_key": mint_key(), "email": "ada@example.com", "consent": True}
    return validate_form({**base, **data}, region)


@pytest.mark.parametrize(
    "contact",
    [
        {"email": "ada@example.com"},
        {"email": "", "phone": "(202) 555-0123"},
        {"email": None, "phone": "+44 20 7946 0958"},
        {"email": "  Ada@Example.COM ", "phone": ""},
        {"email": "ädä@example.com"},
    ],
)
def test_either_contact_is_enough(contact):
    assert isinstance(checked(**contact), LeadForm)


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"email": ""}, {"email": NO_CONTACT}),
        ({"email": "ada@"}, {"email": BAD_EMAIL}),
        ({"email": "Ada <ada@example.com>"}, {"email": BAD_EMAIL}),
        ({"email": "a@example.com, b@example.com"}, {"email": BAD_EMAIL}),
        ({"email": f"{'a' * 300}@example.com"}, {"email": BAD_EMAIL}),
        ({"phone": "12"}, {"phone": BAD_PHONE}),
        ({"email": "", "phone": "call me"}, {"phone": BAD_PHONE}),
        ({"phone": "2" * 500}, {"phone": BAD_PHONE}),
        ({"consent": False}, {"consent": NO_CONSENT}),
        ({"email": "", "consent": False}, {"email": NO_CONTACT, "consent": NO_CONSENT}),
        ({"idempotency_key": "short"}, {"idempotency_key": BAD_KEY}),
        ({"email": "x", "phone": "y"}, {"email": BAD_EMAIL, "phone": BAD_PHONE}),
    ],
)
def test_each_error_stands_at_its_field(data, errors):
    assert checked(**data) == FormErrors(errors)


def test_too_long_a_message_says_by_how_much():
    found = checked(message="x" * 2003)
    assert isinstance(found, FormErrors)
    assert found.errors == {
        "message": "Your message is too long by 3 characters; 2000 are possible."
    }


def test_unknown_fields_and_odd_types_are_refused_without_repeating_them():
    found = checked(admin="canary", consent="canary")
    assert isinstance(found, FormErrors)
    assert set(found.errors) == {"admin", "consent"}
    assert "canary" not in str(found.errors)


def test_the_region_reads_a_number_without_country_code():
    assert checked("GB", email="", phone="020 7946 0958").phone == "+44 20 7946 0958"
    assert isinstance(checked("US", email="", phone="020 7946 0958"), FormErrors)


def test_text_is_cleaned_and_lines_stay_in_the_message_only():
    form = checked(name="Ada\r\nBcc: x@example.com\x00\u202e", message="one\r\ntwo\x07\ud800")
    assert form.name == "Ada Bcc: x@example.com"
    assert form.message == "one\ntwo"


def test_a_form_does_not_show_its_contact_when_printed():
    assert "ada@example.com" not in repr(checked(name="Canary", message="Canary"))
    assert "Canary" not in repr(checked(name="Canary", message="Canary"))


def test_consent_is_never_ticked_by_default():
    assert LeadForm.model_fields["consent"].default is False
    assert LeadForm.model_fields["attach_chat"].default is False
