"""The guide as shipped, and one whole assistant over an index that test runs share."""

import os
from pathlib import Path

import pytest

from assistant.settings import PROJECT, Settings
from corpus.facts import load_facts
from corpus.folder import load_guides

GUIDES = PROJECT / "corpus" / "guides"
# Building takes a minute or two and depends on the corpus and the weights alone, so runs share it;
# the index is locked while it is built.
BUILD_SECONDS = 900
SHARED = Path(os.environ.get("SERENITY_TEST_DATA") or PROJECT / "var" / "tests")


@pytest.fixture(scope="session")
def guide():
    return load_guides(GUIDES)[0]


@pytest.fixture(scope="session")
def guides(guide):
    """By name, as the check of citations wants them."""
    return {guide.name: guide}


@pytest.fixture(scope="session")
def facts(guide):
    """The sentence that carries each fact, by fact id."""
    return load_facts(guide, GUIDES)


@pytest.fixture(scope="session")
def assistant():
    from assistant.assembly import build_assistant  # most tests here need no model

    return build_assistant(Settings(_env_file=None, data_dir=SHARED, corpus_dir=GUIDES))


def pytest_collection_modifyitems(items):
    """The first of the tests that need the assistant waits for its index to be built."""
    for item in items:
        if "assistant" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(BUILD_SECONDS))
