"""The real encoder, exported once a checkout, and small corpora to index."""

from pathlib import Path

import pytest
from filelock import FileLock

from index.encoder import open_encoder
from index.opening import Opener
from index.weights import published

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def encoder():
    # Exporting takes long and its result depends on the weights alone, so runs share it.
    shared = PROJECT / "var" / "tests"
    shared.mkdir(parents=True, exist_ok=True)
    with FileLock(shared / "encoder.lock"):
        return open_encoder(shared, threads=2)


@pytest.fixture
def corpus(tmp_path):
    """A folder with two plain guides."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "bread.md").write_text(
        "# Bread\n\n## Kneading\n\nFold the dough towards you. Press it down with your palm.\n\n"
        "## Baking\n\nBake the loaf for forty minutes. Let it cool on a rack.\n"
    )
    (folder / "bicycle.md").write_text(
        "# Bicycle\n\n## Tyres\n\nPump the tyre to four bar. Check the valve for leaks.\n\n"
        "## Brakes\n\n1. Loosen the cable bolt.\n2. Pull the cable tight.\n3. Fasten the bolt.\n"
    )
    return folder


@pytest.fixture
def make_opener(encoder, tmp_path):
    """An opener on a corpus, with an index folder of the test's own."""

    def make(corpus, folder=None, **more):
        more.setdefault("encoder", encoder)
        more.setdefault("weights", published())
        return Opener(corpus, folder or tmp_path / "index", **more)

    return make
