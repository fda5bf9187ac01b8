"""Follow-ups become standalone questions.

Owns telling by its words whether a message leans on an earlier one ("and for beginners?", "why?",
"no, I meant kneading"), and on which. It does not judge what is asked, and triage does not use it:
that reads every message as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.parts import is_question, sentences

_STARTS = re.compile(
    r"(and|but|or|also|then|so|ok(ay)?|oh|hm+|no|nope|nah|not|sorry|actually|wait|i (mean|meant)|"
    r"what about|how about|what if|same|instead|or rather|plus|for|with|on|at|after|before|"
    r"during|without|until|to|in|by|even|only|just|more|anything|any|which|really|seriously|"
    r"meaning|like|because|cause|cos)\b"
)
_BARE = re.compile(
    r"(why|how|what|where|when|which|who)( (come|so|then|next|else|for|not|now|hard|long|many|much|"
    r"often|fast|slow|deep|far|high|low|soft|firm|gently|one|ones|way|part|parts|hand|hands|"
    r"fingers?|direction|side|bit|exactly|is (it|that)( so)?|that|does (it|that)( work| help)?))*|"
    # After "she says ouch", whether to stop is no question about the end of a massage.
    r"(do|does|should|shall|can|must) (i|we|he|she|they) "
    r"(stop|carry on|go on|keep going|keep on|continue|wait)( now| anyway)?"
)
_POINTS_BACK = re.compile(
    r"\b(that|this|those|these|them|they|it|its|there|one|ones|then|same|other|others|former|"
    r"latter|above|instead|as well|too|either|again|next|afterwards?|first|second|last)\b"
)
# In these, "it", "that" or "there" points at nothing said before.
_STANDS_ALONE = re.compile(
    r"\b(is|was|isn'?t|would|will|make|if|so|when|think|sure|say|said|know)s? it\b(?= \w+)|"
    r"(?<!how )(?<!where )(?<!what )(?<!why )\b(does|doesn'?t|did) it\b(?= \w+ \w+)|"
    r"\b(so|think|sure|say|said|know|told|hear|heard|mean|means)s? that\b(?= \w+)|"
    r"\bit'?s\b|\bthat'?s\b|\bthere (is|are)\b|\b(is|are) there\b|\bthis (guide|place|spa)\b"
)
_LONGEST_LEANING = 12


def leans_back(message: str) -> bool:
    """Whether `message` needs an earlier one to be understood."""
    text = re.sub(r"[^\w' ]+", " ", message.lower()).strip()
    text = re.sub(r"\s+", " ", text)
    words = text.split()
    if not words or len(words) > _LONGEST_LEANING:
        return False
    if _BARE.fullmatch(text):
        return True
    if _STARTS.match(text):
        return True
    pointed = _POINTS_BACK.search(_STANDS_ALONE.sub(" ", text))
    return bool(pointed) or len(words) == 1


def anchors(earlier: Sequence[str]) -> list[str]:
    """The messages that a follow-up may lean on, from one or more `earlier` ones.

    The latest question that stands alone, and what was said since ("and kneading?", "my brother
    lays tiles"): what was asked before it is another topic. Where none stands alone, all of them.
    """
    whole = [
        place
        for place, message in enumerate(earlier)
        if not leans_back(message) and any(map(is_question, sentences(message)))
    ]
    return list(dict.fromkeys(earlier[whole[-1] :] if whole else earlier))
