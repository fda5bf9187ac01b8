"""The life of a question, from a visitor's message to a checked Reply.

Owns the order: clean, triage, understand, read, decide, compose, cite, hand off. Every step lives
in a module of its own. `Assistant` is a LangChain runnable (`invoke`, `batch`); it never raises on
a visitor's text, and what goes wrong inside ends in a careful reply.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from threading import Lock
from typing import Any

from cachetools import LRUCache
from langchain_core.runnables import Runnable, RunnableConfig

from assistant import phrases
from assistant.answering import step_alone
from assistant.cleaning import Message, bounded, clean
from assistant.handoff import Past, booking_text, offer_after_answer
from assistant.refreshing import Refreshing
from assistant.reply import Handoff, Level, Reply
from assistant.settings import Settings
from assistant.small_talk import is_foreign, small_talk
from assistant.steps import place_after, step_asked
from assistant.triage import Triage, Verdict, condition_line, safety_reply
from assistant.triage.passages import passages
from corpus.guide import Guide
from index.search import Index

log = logging.getLogger(__name__)

READ_AHEAD = 100
RULED_ALONE = 6_000  # characters, of the newest message and of those before it
MOST_TURNS = 50  # what was said before them is triaged, but leaned on no more
PASTS = 10_000  # conversations whose past is remembered
# Messages before the newest that are answered again where a past is not: after a restart, say. Each
# costs a triage of all that came before it, so a whole long conversation would cost its square;
# together they may cost that of so many characters.
RECALLED, RECALLED_CHARACTERS = 6, 20_000


@dataclass(frozen=True)
class Talk:
    """A conversation up to the message that is to be answered."""

    messages: tuple[Message, ...]
    verdict: Verdict
    past: Past

    @property
    def last(self) -> Message:
        """The message to answer."""
        return self.messages[-1]

    @property
    def questions(self) -> tuple[str, ...]:
        """What the visitor wrote, cleaned and capped, oldest first."""
        return tuple(message.question for message in self.messages)


class Assistant(Runnable[dict[str, Any], Reply]):
    """Answers visitors from one corpus. Safe to share between threads."""

    def __init__(self, triage: Triage, answerer: Refreshing, settings: Settings) -> None:
        self._triage, self._rules_alone = triage, triage.by_rules_alone()
        self._answerer = answerer
        self._settings = settings
        self._pasts: LRUCache[bytes, Past] = LRUCache(PASTS)  # by a digest: nobody's words
        self._lock = Lock()

    @property
    def index(self) -> Index:
        """The index that is searched now."""
        return self._answerer.index

    @property
    def guides(self) -> tuple[Guide, ...]:
        """The guides as they are served now; citations point into these very texts."""
        return self._answerer.guides

    def invoke(
        self,
        input: dict[str, Any],  # noqa: A002, LangChain names it so
        config: RunnableConfig | None = None,
        **_: Any,
    ) -> Reply:
        """The reply to the last of `{"turns": ["…", …]}`, the visitor's messages, oldest first.

        Traced where a `config` is given, as in a chain; else the words go to no tracer at all.
        """
        if config is None:
            return self._last(_bounded(input["turns"]))
        return self._call_with_config(
            lambda given: self._last(_bounded(given["turns"])), input, config
        )

    def replies(self, turns: Sequence[str]) -> list[Reply]:
        """One reply to each of the visitor's messages, in order. Raises ValueError on none."""
        turns = _bounded(turns)
        return list(self._made(turns, _keys(turns), 0, Past()))

    def _last(self, turns: Sequence[str]) -> Reply:
        """The newest reply; what the earlier ones mean for it is mostly remembered.

        Where it is not, the last few are made again. Triage reads every message all the same.
        """
        keys = _keys(turns)
        known, past = _recalled_from(turns), Past()
        with self._lock:
            for count in range(len(turns) - 1, known, -1):
                held = self._pasts.get(keys[count - 1])
                if held is not None:
                    known, past = count, held
                    break
        return list(self._made(turns, keys, known, past))[-1]

    def _made(
        self, turns: Sequence[str], keys: Sequence[bytes], known: int, past: Past
    ) -> Iterator[Reply]:
        """The replies to the messages from number `known` on, before which `past` holds."""
        if not turns:
            raise ValueError("no message: give at least one turn")
        messages = tuple(clean(turn) for turn in turns)
        for count in range(known + 1, len(messages) + 1):
            reply = self._reply(messages[:count], turns[:count], past)
            place = place_after(reply, messages[count - 1].question, past.place, self.guides)
            past = replace(past.after(reply), place=place)
            with self._lock:
                self._pasts[keys[count - 1]] = past
            yield reply

    def all_replies(self, conversations: Iterable[Sequence[str]]) -> Iterator[list[Reply]]:
        """`replies` to each of many conversations, in order.

        A hundred at a time are read ahead: many texts in one pass cost half of what they cost
        alone, and every reply finds its readings there.
        """
        waiting = iter(conversations)
        while group := list(islice(waiting, READ_AHEAD)):
            texts = [each.text for turns in group for each in passages(turns, 0)]
            with suppress(Exception):  # a fault shows itself, carefully, in the replies
                self._answerer.opinions(list(dict.fromkeys(texts)))
            yield from map(self.replies, group)

    def stop_by_rules(self, turns: Sequence[str]) -> Reply | None:
        """The stop that triage's rules alone find in the newest messages, if they find one.

        For when nobody is free to answer: it costs no model, and so little that it needs no queue.
        """
        newest, room = [bounded(turns[-1], RULED_ALONE)], RULED_ALONE
        for turn in reversed(turns[:-1]):
            newest.append(bounded(turn, room))
            room -= len(turn)
            if room <= 0:
                break
        verdict = self._rules_alone.assess(newest[::-1])
        return safety_reply(verdict, self._settings) if verdict.is_stop else None

    def level_of(self, turns: Sequence[str]) -> Level | None:
        """How careful this conversation has to be handled; the lead service asks this itself."""
        verdict = self._triage.assess(_bounded(turns))
        return verdict.level or verdict.standing

    def _reply(self, messages: tuple[Message, ...], turns: Sequence[str], past: Past) -> Reply:
        verdict = self._triage.assess(turns)
        if verdict.level is not None:
            return safety_reply(verdict, self._settings)
        try:
            reply = self._after_triage(Talk(messages[-MOST_TURNS:], verdict, past))
        except Exception as error:  # noqa: BLE001, a fault of ours is never the visitor's
            # The kind alone: a traceback may hold the visitor's words.
            log.error("a question could not be answered: %s", type(error).__name__)  # noqa: TRY400
            reply = Reply("small_talk", phrases.FAILED)
        return replace(reply, trace={"triage": verdict.trace, **reply.trace})

    def _after_triage(self, talk: Talk) -> Reply:
        if talk.last.is_cut:
            return Reply("small_talk", phrases.TOO_LONG)
        if talk.last.is_empty:
            return Reply("small_talk", phrases.EMPTY)
        if is_foreign(talk.last.question):
            return Reply("small_talk", phrases.OTHER_LANGUAGE)
        step = step_asked(talk.last.question, talk.past.place, self.guides)
        found = (step and step_alone(step, self.guides)) or self._answerer.answer(talk.questions)
        if found.kind == "small_talk":
            return Reply("small_talk", small_talk(talk.last.question), trace=found.trace)
        if found.kind == "booking":
            text = booking_text(talk.last.question, self._settings)
            if found.not_covered:
                text = f"{text}\n\n{phrases.PARTLY}"
            reply = Reply("booking", text, not_covered=found.not_covered, trace=found.trace)
            return self._offer(talk, reply, Handoff("asked"))
        text = found.text
        if found.of_spa:
            text = f"{text}\n\n{booking_text(found.of_spa, self._settings)}"
        reply = Reply(
            found.kind, text, sentences=found.cited, citations=found.citations,
            not_covered=found.not_covered, suggestions=found.suggestions, trace=found.trace,
        )  # fmt: skip
        if found.kind == "not_covered" and not found.of_spa:
            handoff = (
                Handoff("not-covered") if found.onward == "spa" and not talk.past.offered else None
            )
        else:
            handoff = offer_after_answer(found.shown, bool(found.of_spa), talk.past)
        return self._offer(talk, reply, handoff)

    def _offer(self, talk: Talk, reply: Reply, handoff: Handoff | None) -> Reply:
        """`reply` with the offer, and with the condition that stands: it holds for any massage."""
        condition = condition_line(talk.verdict)
        text = f"{reply.text}\n\n{condition}" if condition else reply.text
        return replace(reply, text=text, handoff=handoff)


def _bounded(turns: Sequence[str]) -> tuple[str, ...]:
    """The messages, of endless ones what is read."""
    return tuple(map(bounded, turns))


def _recalled_from(turns: Sequence[str]) -> int:
    """The number of the message from which on a forgotten past is made again."""
    first, spent = len(turns) - 1, 0
    while first > max(0, len(turns) - 1 - RECALLED):
        spent += sum(map(len, turns[:first]))
        if spent > RECALLED_CHARACTERS:
            break
        first -= 1
    return max(first, 0)


def _keys(turns: Sequence[str]) -> list[bytes]:
    """A digest of the conversation up to each of its messages."""
    digest, found = blake2b(digest_size=16), []
    for turn in turns:
        said = turn.encode("utf-8", "surrogatepass")
        digest.update(len(said).to_bytes(8, "big") + said)
        found.append(digest.digest())
    return found
