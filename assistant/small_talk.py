"""Greetings, thanks, goodbyes, and who is speaking.

Owns which fixed sentence answers small talk, and spotting another language. That a message is
small talk at all is the reading's decision.
"""

from __future__ import annotations

import re
import unicodedata

from assistant import phrases
from assistant.parts import is_question

# What small talk is about, by the sentence that answers it; the first that fits counts.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        phrases.GREETING,
        (
            r"\b(hi+|hey+|hello+|hiya|howdy|yo|greetings|g'?day|morning|afternoon|evening|sup)$",
            r"how are (you|u|ya)( doing| today)?$|how'?s it going$",
        ),
    ),
    (
        phrases.IDENTITY,
        (
            r"\b(who|what) (are|r) (you|u)\b|\bare you\b|\bare u\b|\br u\b|human|robot|\bbot\b",
            r"\bai\b|machine|real person|your name|what can you|what do you do|help me with",
            r"made you|talking to",
        ),
    ),
    (
        phrases.SORRY,
        (
            r"\b(wrong|useless|rubbish|stupid|dumb|idiot|terrible|awful|worst|nonsense|tosh)\b",
            r"\b(no|not|n't|never) (any )?(use|help|good|helpful|useful|what i (asked|meant))\b",
        ),
    ),
    (
        phrases.UNCLEAR,
        (
            r"(\bnot|n'?t) (understand|follow|get (it|that|what))|confus|makes? no sense|huh\b",
            r"\b(other|different|simpler) words\b|say that again|^help( me)?$",
        ),
    ),
    (phrases.LEFT_ALONE, (r"(\b(stop|quit|no|not|without)|n'?t)\b.*\b(book|sell|appoint)",)),
    (
        phrases.GOODBYE,
        (
            r"\b(good)?bye\b|good ?night|see (you|ya)|cheerio|farewell|take care|ta-?ra",
            r"later[sz]?\b|that'?s (all|it|me)",
        ),
    ),
    (
        phrases.THANKS,
        (
            r"thank|thx|tnx|\bty\b|\bta\b|cheers|appreciate|grateful|much obliged",
            r"great help|helpful",
        ),
    ),
    (
        phrases.GREETING,
        (
            r"\b(hi+|hey+|hello+|hiya|howdy|yo|greetings|g'?day|morning|afternoon|evening|sup)\b",
            r"\b(alright|anyone there|you there)\b|how are you|how'?s it going",
        ),
    ),
)
_SPECIALS = [(said, re.compile("|".join(ways), re.IGNORECASE)) for said, ways in _KINDS]

# The commonest short words of languages that visitors of a spa may write in, beside English ones.
_FOREIGN = frozenset(
    "el los las una unos por para qué que como cómo cuánto cuanto dura espalda masaje puedo hacer "
    "es está cuesta mi "  # Spanish
    "le les des du un de ai au la faire temps une pour avec est dans mon ma mes je vous combien "
    "comment dos quel quelle peut où sur "  # French
    "der die das und ist ich nicht ein eine wie lange mit für kann man rücken auf wird soll sie "
    "bei habe mir meine "  # German
    "il lo gli che di con sono posso schiena massaggio quanto della "  # Italian
    "o os uma com não nao posso costas massagem quanto tempo meu minha da "  # Portuguese
    "het een niet hoe lang voor met rug op mijn "  # Dutch
    "jak czy na plecy się masaż nie dla på och jag hur".split()  # Polish, Swedish
)
_ENGLISH = frozenset(
    "the a an to of is it i my me you your he she her his do does can and or for in on at with be "
    "are was if so that this what how why when where which who should would will not no some from "
    "just get have has back massage hello hi thanks much long pain spine oil there about they we "
    "us by but up hey ok yes please".split()
)
# Words that no English question holds: one is enough where nothing else is English.
_TELLING = frozenset(
    "hola gracias espalda masaje columna presionar duele cuesta bonjour merci beaucoup "
    "danke rückenschmerzen rücken obrigado obrigada coluna pressionar custa costas massagem ciao "
    "grazie schiena massaggio buongiorno bonsoir salut guten wiedersehen tschüss buenas buenos "
    "adiós adios".split()
)
_SPANISH = re.compile("[\u00bf\u00a1]")  # question and exclamation marks upside down
_HAN = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff\uac00-\ud7af]{2}")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


def small_talk(message: str) -> str:
    """The fixed sentence that answers `message`."""
    for text, pattern in _SPECIALS:
        if pattern.search(message):
            return text
    return phrases.UNCLEAR if is_question(message) else phrases.REACTION


def is_foreign(message: str) -> bool:
    """Whether `message` is plainly not English: another script, or another language's words."""
    if not message.isascii() and _is_other_script(message):
        return True
    words = _WORD.findall(message.lower())
    foreign = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH and word not in _FOREIGN for word in words)
    telling = any(word in _TELLING for word in words)
    return (telling and foreign + 1 > english) or (foreign >= 2 and foreign > 2 * english)


def _is_other_script(message: str) -> bool:
    """Whether most letters are not Latin, or marks tell another language at once."""
    letters = [c for c in message if c.isalpha()]
    if letters and sum("LATIN" not in unicodedata.name(c, "") for c in letters) > len(letters) / 2:
        return True
    return bool(_HAN.search(message) or _SPANISH.search(message))
