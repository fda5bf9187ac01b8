"""The fixed sentences state nothing: what is known of massage stands in the guide alone."""

import re
from collections.abc import Mapping
from string import Formatter

import pytest

from assistant import phrases

# What only the guide may say: figures, places, tools, ways and effects.
FACT_WORDS = """
minute minutes hour spine spinal kidney kidneys rib ribs muscle muscles shoulder shoulders neck
skin wound wounds bruise bruises thumb thumbs palm palms knuckle knuckles fingertips hand hands
oil lotion towel towels table mat bed warm dim quiet music light medium firm firmly gentle gently
soft slow slowly never always deep deeper effleurage petrissage knead kneading friction stripping
trapezius tension circulation stress relieve relieves relax relaxes posture knots oxygen daily
""".split()
CLAIMS = ("booked", "reserved", "confirmed", "guarantee", "cure", "heal", "diagnos")


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)


SENTENCES = [
    text for name, value in vars(phrases).items() if name.isupper() for text in strings(value)
]


def test_the_sentences_were_found():
    assert phrases.NOT_COVERED in SENTENCES
    assert phrases.ONWARD["clinician"] in SENTENCES
    assert len(SENTENCES) > 20


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_fixed_sentence_has_no_figure(sentence):
    assert not any(character.isnumeric() for character in sentence)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_fixed_sentence_states_no_fact_of_massage(sentence):
    words = set(re.findall(r"[a-z]+", sentence.lower()))
    assert not words & set(FACT_WORDS)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_fixed_sentence_claims_nothing_that_we_cannot_know(sentence):
    assert not [claim for claim in CLAIMS if claim in sentence.lower()]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_only_a_heading_or_the_owners_value_is_filled_in(sentence):
    assert {name for _, name, _, _ in Formatter().parse(sentence) if name} <= {"heading", "value"}


def test_the_spas_facts_have_a_sentence_with_and_without_the_setting():
    assert set(phrases.OWN_FACT) == set(phrases.UNKNOWN_FACT)
    assert all("{value}" in sentence for sentence in phrases.OWN_FACT.values())
