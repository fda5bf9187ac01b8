"""The pages as visitors see them, over real guides and a real database; only answers are canned."""

import re

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from assistant.pages import website
from assistant.reply import Citation, CitedSentence, Handoff, Reply, Source
from assistant.serving.live import Live
from assistant.serving.settings import ServingSettings
from assistant.settings import Settings
from corpus.folder import load_guides

EMERGENCY = Reply(
    "safety",
    "Call your local emergency number now (911 US, 999 UK, 112 EU).\n"
    "Chest pain that spreads can be a heart attack. Do not drive yourself.",
    level="emergency",
    sources=(Source("NHS: heart attack", "https://www.nhs.uk/conditions/heart-attack/", False),),
)
ASK_FIRST = Reply(
    "safety",
    "Ask the midwife or doctor first, before any massage.\nThe guide may still be read.",
    level="ask_first",
    handoff=Handoff("ask_first"),
)
NOT_COVERED = Reply(
    "not_covered", "The guide does not cover foot massage.", not_covered=("foot massage",),
    handoff=Handoff("not_covered"), suggestions=("How do I finish?",),
    trace={"nearest": "ending-the-massage"},
)  # fmt: skip


class CannedAnswers:
    """Replies by a word of the last message, quoting the real guide; a stop stays a stop."""

    def __init__(self, corpus_dir):
        self.guides = load_guides(corpus_dir)
        self.asked = []

    def invoke(self, conversation):
        turns = conversation["turns"]
        self.asked.append(turns)
        if any("chest" in turn for turn in turns):
            return EMERGENCY
        canned = {"pregnant": ASK_FIRST, "feet": NOT_COVERED, "<": NOT_COVERED}
        for word, reply in canned.items():
            if word in turns[-1]:
                return reply
        if "crash" in turns[-1]:
            raise RuntimeError("secret words of a visitor")
        return self.quote("petrissage-light-kneading" if "knead" in turns[-1] else "session-length")

    def stop_by_rules(self, turns):
        return EMERGENCY if "chest" in turns[-1] else None

    def level_of(self, turns):
        return self.invoke({"turns": list(turns)}).level

    def quote(self, section):
        found = [each for each in self.guides[0].sentences if each.section == section][2:5]
        lines = [
            f"{f'{n}. ' if each.kind == 'steps' else ''}{each.shown} [{n}]"
            for n, each in enumerate(found, 1)
        ]
        return Reply(
            "answer", "\n".join(lines),
            sentences=tuple(CitedSentence(each.shown, (n,)) for n, each in enumerate(found, 1)),
            citations=tuple(
                Citation(n, each.guide, each.section, each.heading, each.text, each.start, each.end)
                for n, each in enumerate(found, 1)
            ),
            handoff=Handoff("useful"), suggestions=("How do I finish?", "What about *oil*?"),
        )  # fmt: skip


class Visit:
    """One visitor's browser: what is drawn, and what they can do."""

    def __init__(self):
        self.app = AppTest.from_file(website.__file__, default_timeout=30)

    def open(self, page="", **query):
        self.app.query_params.update(query)
        if page:
            self.app.run()
            self.app._page_hash = calc_hash(page)
        self.app.run()
        return self

    def back_to_chat(self):
        self.app._page_hash = calc_hash("")
        self.app.run()
        return self

    def ask(self, text):
        self.app.chat_input[0].set_value(text).run()
        return self

    def press(self, label):
        plain = [each for each in self.app.button if each.label.replace("\\", "") == label]
        plain[0].click().run()
        return self

    def buttons(self):
        return [each.label.replace("\\", "") for each in self.app.button]

    def links(self):
        return [each.proto.label for each in self.app.get("page_link")]

    @property
    def html(self):
        """All HTML that our pages wrote, without the style sheet."""
        assert not self.app.exception, self.app.exception
        bodies = [each.proto.body for each in self.app.get("html")]
        return "\n".join(body for body in bodies if "<style>" not in body)

    @property
    def read(self):
        """What can be read in it."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.html).split())


@pytest.fixture(autouse=True)
def no_search_for_components(monkeypatch):
    """Each AppTest reads the metadata of every installed package; we use no components."""
    scan = "streamlit.components.v2.manifest_scanner.scan_component_manifests"
    monkeypatch.setattr(scan, lambda *_, **__: [])


@pytest.fixture
def make_spa(tmp_path, monkeypatch):
    """Makes the live parts that the pages find, with these settings."""
    made = []

    def make(**settings):
        own = {"data_dir": tmp_path / "var"} | settings
        live = Live(
            Settings(_env_file=None, **own),
            ServingSettings(_env_file=None),
            lambda settings: CannedAnswers(settings.corpus_dir),
        )
        live.reception.office()
        monkeypatch.setattr("assistant.serving.process._live", live)
        made.append(live)
        return live

    yield make
    for live in made:
        live.close()


@pytest.fixture
def spa(make_spa):
    return make_spa()


@pytest.fixture
def visit(spa):
    return Visit().open()


@pytest.fixture
def make_visit():
    return Visit
