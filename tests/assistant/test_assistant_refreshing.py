"""An edited corpus is looked for in the background, and a broken one not again and again."""

import threading

import pytest

from assistant import refreshing
from assistant.refreshing import Refreshing
from corpus.guide import CorpusError


class Edited:
    """An index whose refresh waits for the gate, and then does what it is told."""

    def __init__(self, *acts):
        self.acts, self.tried = list(acts), threading.Semaphore(0)
        self.gate, self.count = threading.Event(), 0

    def refresh(self):
        self.count += 1
        self.tried.release()
        self.gate.wait(30)
        act = self.acts.pop(0) if self.acts else None
        if act:
            raise act
        return self


class Silent:
    def answer(self, _questions):
        return None


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(refreshing, "LOOK_EVERY", 0.0)


@pytest.mark.usefixtures("hurried")
def test_questions_during_a_failing_look_do_not_start_the_next_at_once():
    index = Edited(CorpusError("broken"))
    answers = Refreshing(index, lambda _index: Silent())
    answers.answer(["a"])
    assert index.tried.acquire(timeout=30)
    for _ in range(5):
        answers.answer(["b"])
    index.gate.set()
    while answers._look_from < refreshing.time.monotonic() + 1:
        pass  # until the failure is noted
    while answers._wanted.is_set():
        pass
    answers.answer(["c"])
    assert not index.tried.acquire(timeout=0.3)
    assert index.count == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_whatever_ends_the_background_the_next_question_starts_it_again():
    index = Edited(KeyboardInterrupt())
    answers = Refreshing(index, lambda _index: Silent())
    answers.answer(["a"])
    assert index.tried.acquire(timeout=30)
    index.gate.set()
    answers._looking.join(30)
    answers.answer(["b"])
    assert index.tried.acquire(timeout=30)
