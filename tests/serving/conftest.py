import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant.reply import Citation, CitedSentence, Reply
from assistant.serving.app import app_options
from assistant.serving.live import Live
from assistant.serving.settings import ServingSettings
from assistant.settings import Settings
from tests.leads.receivers import receiver

__all__ = ["receiver"]

STOP = Reply("safety", "Call now.", level="emergency")


class CannedAnswers:
    """Stands in for the assistant: says the last turn back, does `act` first, keeps what came."""

    def __init__(self, act=lambda turns: None):
        self.act = act
        self.asked = []

    def invoke(self, conversation):
        turns = conversation["turns"]
        self.asked.append(turns)
        self.act(turns)
        quote = "Most sessions last 60 to 90 minutes."
        return Reply(
            kind="answer",
            text=f"{quote} [1]",
            sentences=(CitedSentence(quote, (1,)),),
            citations=(
                Citation(1, "back-massage", "session-length", "Length", quote, 0, len(quote)),
            ),
            trace={"heard": turns},
        )

    def stop_by_rules(self, turns):
        return STOP if "chest pain" in turns[-1] else None

    def level_of(self, turns):
        return None


@pytest.fixture
def answers():
    return CannedAnswers()


@pytest.fixture
def make_live(tmp_path, answers):
    made = []

    def make(*, settings=None, **serving):
        own = {"data_dir": tmp_path / "var"} | (settings or {})
        live = Live(
            Settings(_env_file=None, **own),
            ServingSettings(_env_file=None, **serving),
            lambda _settings: answers,
        )
        made.append(live)
        return live

    yield make
    for live in made:
        live.close()


@pytest.fixture
def visit(make_live):
    """A client of the app around the live parts, started and stopped like the real one."""
    open_clients = []

    def client(live=None, **serving):
        app = Starlette(**app_options(live or make_live(**serving)))
        opened = TestClient(app, raise_server_exceptions=False)
        open_clients.append(opened)
        return opened.__enter__()

    yield client
    for opened in open_clients:
        opened.__exit__(None, None, None)


@pytest.fixture(scope="session")
def small_guide(tmp_path_factory):
    """Settings of a guide that is indexed in no time; the model is exported once for all tests."""
    folder = tmp_path_factory.mktemp("guides")
    text = "# Tea\n\n## Brewing\n\nGreen tea is brewed for two minutes.\n\nBlack tea takes four.\n"
    (folder / "tea.md").write_text(text, encoding="utf-8")
    return {"corpus_dir": folder, "index_dir": tmp_path_factory.mktemp("small") / "index"}
