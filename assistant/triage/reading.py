"""Conversation text as words: cleaned, split into sentences and clauses, contractions undone.

Owns what counts as one word, one clause and one sentence for triage. It does not correct
spelling (`matching` does) and keeps no meaning: markup, accents and case are gone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.cleaning import ATTRIBUTES, TAG

_INLINE_TAG = re.compile(rf"</?(?:b|i|u|s|em|strong|span|mark|small|sup|sub|font|a){ATTRIBUTES}>")
_EMPHASIS = re.compile(r"[*_~`^\\|#]+")
_TENS = {word: 10 * at for at, word in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
)}  # fmt: skip
_ONES = {word: at for at, word in enumerate(
    "one two three four five six seven eight nine".split(), start=1
)}  # fmt: skip
_WORD = re.compile(
    # "seventy-eight" is one number: its "eight" is nobody's age.
    rf"(?P<compound>(?:{'|'.join(_TENS)})[ -](?:{'|'.join(_ONES)})\b)"
    r"|(?P<word>[a-z]&[a-z]\b|[a-z]+(?:'[a-z]+)*)"
    r"|(?P<number>\d+(?:[.,/]\d+)?)"
    r"|(?P<han>[\u3400-\u9fff\u3001])"
    r"|(?P<stop>[.!?;…。！？；\n\r]+)"
    r"|(?P<pause>[,:()\u2014\u2013，]|\s-+\s)"
)
_TRIPLED = re.compile(r"([a-z])\1{2,}")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"})
_ENDINGS = {"'s": "is", "'m": "am", "'ve": "have", "'re": "are", "'ll": "will", "'d": "would"}
_EXPANSIONS: dict[str, tuple[str, ...]] = {
    "im": ("i", "am"), "ive": ("i", "have"), "hes": ("he", "is"), "shes": ("she", "is"),
    "its": ("it", "is"), "thats": ("that", "is"), "whats": ("what", "is"), "id": ("i", "would"),
    "theres": ("there", "is"), "theyre": ("they", "are"), "youre": ("you", "are"),
    "weve": ("we", "have"), "theyve": ("they", "have"), "youve": ("you", "have"),
    "cannot": ("cant",), "cnat": ("cant",), "carnt": ("cant",), "cn't": ("cant",),
    "dnt": ("dont",), "dosnt": ("doesnt",), "dosent": ("doesnt",), "doesent": ("doesnt",),
    "havnt": ("havent",), "wasent": ("wasnt",), "isint": ("isnt",),
    "cnt": ("cant",), "blud": ("blood",), "blod": ("blood",), "coffing": ("coughing",),
    "cof": ("cough",), "coff": ("cough",), "numm": ("numb",), "bumm": ("bum",),
    "kemo": ("chemo",), "nu": ("new",), "al": ("all",), "nite": ("night",), "nites": ("nights",),
    "evry": ("every",), "cud": ("could",), "preasure": ("pressure",), "presure": ("pressure",),
    "loosing": ("losing",), "los": ("loss",), "kno": ("know",), "dem": ("them",),
    "bludd": ("blood",), "presher": ("pressure",), "fone": ("phone",), "nak": ("neck",),
    "bak": ("back",), "bck": ("back",), "nmb": ("numb",), "num": ("numb",), "nm": ("numb",),
    "u": ("you",), "ur": ("your",), "r": ("are",), "n": ("and",), "yday": ("yesterday",),
    "w": ("with",), "wen": ("when",), "sinse": ("since",), "bin": ("been",), "wiv": ("with",),
    "leggs": ("legs",), "hart": ("heart",), "tite": ("tight",), "brest": ("breast",),
    "legz": ("legs",), "ppl": ("people",), "bth": ("both",), "coz": ("because",),
    "tho": ("though",), "feva": ("fever",), "gettin": ("getting",),
    "gonna": ("going", "to"), "wanna": ("want", "to"),
    "gotta": ("got", "to"), "dunno": ("dont", "know"), "wat": ("what",), "wot": ("what",),
    "hav": ("have",), "havin": ("having",), "iam": ("i", "am"), "hurtin": ("hurting",),
    "ov": ("of",), "fel": ("fell",), "nowt": ("nothing",), "nothin": ("nothing",),
    "feets": ("feet",), "controll": ("control",), "gon": ("gone",), "wurst": ("worst",),
    "hedake": ("headache",), "hedache": ("headache",), "swalowd": ("swallowed",),
    "swets": ("sweats",), "backake": ("backache",), "strenght": ("strength",),
    "dizy": ("dizzy",), "faver": ("fever",), "pian": ("pain",), "pane": ("pain",),
    "twenty": ("20",), "thirty": ("30",), "forty": ("40",), "fifty": ("50",), "sixty": ("60",),
    "seventy": ("70",), "eighty": ("80",), "ninety": ("90",), "hundred": ("100",),
    "two": ("2",), "three": ("3",), "four": ("4",), "five": ("5",), "six": ("6",),
    "seven": ("7",), "eight": ("8",), "nine": ("9",), "ten": ("10",), "eleven": ("11",),
    "twelve": ("12",), "thirteen": ("13",), "fourteen": ("14",), "fifteen": ("15",),
    "sixteen": ("16",), "seventeen": ("17",), "eighteen": ("18",), "nineteen": ("19",),
}  # fmt: skip
_ELISIONS = frozenset({"j", "n", "l", "d", "s", "m", "t", "c", "qu"})
_WITH_NOT = {"can": "cant", "will": "wont"}
_BEFORE_NOT = frozenset(
    "do does did can could is are was were has have had will would should".split()
)


@dataclass(slots=True)
class Reading:
    """A conversation as parallel lists, one entry a word: where it stands and what it is."""

    words: list[str] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    turn: list[int] = field(default_factory=list)

    def text(self, start: int, end: int) -> str:
        """The words from `start` to before `end` as one string."""
        return " ".join(self.words[start:end])


def folded(text: str) -> str:
    """`text` in lower case without markup, accents, invisible or full-width characters."""
    visible = html.unescape(text).translate(_QUOTES)
    if not (visible.isascii() and visible.isprintable()):
        shown = unicodedata.normalize("NFKC", visible)
        visible = "".join(
            c for c in shown if c in "\n\r\t" or unicodedata.category(c) not in _UNSEEN
        )
    bare = _INLINE_TAG.sub("", visible.casefold())
    bare = _EMPHASIS.sub("", TAG.sub(" ", bare)).translate(_QUOTES)
    if bare.isascii():
        return bare
    return "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))


_UNSEEN = frozenset({"Cf", "Cc", "Co", "Cn", "Cs"})


def read(turns: Sequence[str], *, joined: int | None = None) -> Reading:
    """The whole conversation as one Reading; sentence and clause numbers rise over all turns.

    With `joined`, 0 or 1, every second message from there on goes on where the one before ended:
    people send half a sentence, and then the rest.
    """
    reading = Reading()
    sentence = clause = 0
    for turn, text in enumerate(turns):
        if joined is None or turn == 0 or turn % 2 == joined:
            sentence, clause = sentence + 1, clause + 1
        for found in _WORD.finditer(folded(text)):
            if found.lastgroup == "stop":
                sentence, clause = sentence + 1, clause + 1
            elif found.lastgroup == "pause":
                clause += 1
            elif found.lastgroup == "compound":
                tens, ones = re.split("[ -]", found.group())
                _append(reading, str(_TENS[tens] + _ONES[ones]), sentence, clause, turn)
            else:
                for word in _spell_out(found.group()):
                    _append(reading, word, sentence, clause, turn)
    return reading


def _spell_out(word: str) -> tuple[str, ...]:
    """One written word as the plain words that it stands for."""
    known = _EXPANSIONS.get(word)
    if known is not None:
        return known
    if "'" not in word:
        return (_TRIPLED.sub(r"\1\1", word),)
    head, _, tail = word.partition("'")
    if head in _ELISIONS:
        return (head, *_spell_out(tail))
    for ending, meaning in _ENDINGS.items():
        if word.endswith(ending):
            return (*_spell_out(word[: -len(ending)]), meaning)
    joined = word.replace("'", "")
    return _EXPANSIONS.get(joined, (joined,))


def _append(reading: Reading, word: str, sentence: int, clause: int, turn: int) -> None:
    """Add `word`; "did not" becomes "didnt", "can no longer" is left to the lexicon."""
    before = reading.words[-1] if reading.words else ""
    same = bool(before) and (reading.sentence[-1], reading.turn[-1]) == (sentence, turn)
    if word == "not" and before in _BEFORE_NOT and same:
        reading.words[-1] = _WITH_NOT.get(before, before + "nt")
        return
    reading.words.append(word)
    reading.sentence.append(sentence)
    reading.clause.append(clause)
    reading.turn.append(turn)
