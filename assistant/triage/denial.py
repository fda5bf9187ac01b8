"""Negation: which findings a "no", "sin", "keine" or "没有" takes back.

Owns how far a denial reaches: over the words that it governs, in its own sentence, and never past
a word that it does not know. What is itself a lack ("can't feel", "no puedo orinar") is no denial.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.triage.matching import Keep
from assistant.triage.reading import Reading
from corpus.safety import Denial, SafetyData

_OWN_DENIALS = frozenset({"cant", "couldnt", "wont", "what", "whats", "nobody", "nothing"})
_LIST_REACH = 12  # words that a "no ..., ... or ..." list may span

Governed = Callable[[int, int], bool]


def negation(data: SafetyData, reading: Reading) -> Keep:
    """A predicate that refuses findings governed by a negator: "no fever, numbness or pain"."""
    governed = _english(data, reading)

    def keep(name: str, start: int, end: int) -> bool:
        if name not in data.findings:
            return True
        if governed(start, end):  # "no cancer" is English, though "cancer" is a word elsewhere
            return False
        denial = data.denials.get(name.partition("_")[0])
        lack = denial is not None and name in denial.lacking
        return denial is None or not _denied(denial, reading, start, end, lack=lack)

    return keep


def _english(data: SafetyData, reading: Reading) -> Governed:
    rules, words = data.exculpations, reading.words

    def governed(start: int, end: int) -> bool:
        if words[start] in rules.negators or words[start] in _OWN_DENIALS:
            return False  # "no can't feel my legs": the finding is itself a denial
        if any(w in rules.unless_followed_by for w in words[end : end + 2]):
            return False
        sentence, clause = reading.sentence[start], reading.clause[start]
        joined = start > 0 and words[start - 1] in rules.joiners
        at = start - 1
        while at >= 0 and start - at <= _LIST_REACH and reading.sentence[at] == sentence:
            if not joined and reading.clause[at] != clause:
                return False
            if words[at] in rules.negators:
                between = words[at + 1 : start]
                return joined or words[at] != "no" or rules.after_no.issuperset(between)
            known = words[at] in rules.fillers or words[at] in rules.joiners
            if not known and not joined:
                return False
            at -= 1
        return False

    return governed


def _denied(denial: Denial, reading: Reading, start: int, end: int, *, lack: bool) -> bool:
    """Whether a finding of another language is denied before it, inside it or right after it."""
    words, clause = reading.words, reading.clause
    if words[start] in denial.negators:
        return False  # "no siento las piernas": the finding is itself a denial
    if not lack and _denied_inside(denial, reading, start, end):
        return True
    joined = start > 0 and words[start - 1] in denial.joiners
    at = start - 1
    while at >= 0 and start - at <= _LIST_REACH and reading.sentence[at] == reading.sentence[start]:
        if not joined and clause[at] != clause[start]:
            return False
        if words[at] in denial.negators:
            return words[at + 1] not in denial.only
        if words[at] not in denial.fillers and words[at] not in denial.joiners and not joined:
            return False
        at -= 1
    return False


def _denied_inside(denial: Denial, reading: Reading, start: int, end: int) -> bool:
    """Whether a negator stands in the finding, or ends its clause: "die Brust schmerzt nicht"."""
    words = reading.words
    for at in range(start + 1, min(end + 1, len(words))):
        if words[at] in denial.negators and reading.clause[at] == reading.clause[end - 1]:
            last = at + 1 == len(words) or reading.clause[at + 1] != reading.clause[at]
            if last if at >= end else words[at + 1] not in denial.only:
                return True
    return False
