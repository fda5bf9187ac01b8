"""Personal details taken out of a question before it is kept for the owner.

Owns the patterns: e-mail addresses (also spelt out), links and handles, telephone and other long
numbers, names that follow "my name is" and its like. It does not promise to find a name that
nothing announces, so questions are kept only where the guide had no answer, and not for ever.
"""

from __future__ import annotations

import re

from assistant.leads.contact import tidy_line

_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_AT = r"\s*[\[(]?\bat\b[\])]?\s*"
_DOT = r"\s*[\[(]?\bdot\b[\])]?\s*"
_DOMAIN = r"(?:com|net|org|io|co|me|de|uk)"
_PARTICLE = r"(?:(?:van|von|de|der|la|le|al|bin|mc|o')\s+)*"
_NAME = rf"{_PARTICLE}[^\W\d_][\w'’.-]*"
_STOP = r"(?!(?:and|but|i|im|my|can|could|do|does|is|how|what|when|please|the|a|an)\b)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # From a word's beginning on, and giving nothing back: a hostile question costs its length.
    (re.compile(r"(?<!\S)[^\s@]*+(?:@\S++|\s?@\s?(?=[^\s@]*\.[^\s@])\S++)"), "[e-mail]"),
    (
        re.compile(rf"(?<![\w.+-])[\w.+-]++{_AT}[\w-]++(?:{_DOT}\w++)+", re.IGNORECASE),
        "[e-mail]",
    ),
    (
        re.compile(
            rf"(?:https?://|www\.)\S++|(?<![\w-])[\w-]++\.{_DOMAIN}\b\S*+", re.IGNORECASE
        ),
        "[link]",
    ),
    (re.compile(r"[+(]?\d(?:[\s().,/–-]*\d){6,}"), "[number]"),
    (re.compile(rf"\b{_DIGIT}(?:[\s,-]+{_DIGIT}){{4,}}\b", re.IGNORECASE), "[number]"),
    (
        re.compile(
            r"\b((?:my|his|her|the)\s+(?:full\s+|first\s+|last\s+|sur)?name(?:\s+is|['’]s|s|:)|"
            r"i\s+am\s+called|i['’]m\s+called|call\s+me|ask\s+for|regards,|signed,?|sincerely,)"
            rf"\s+{_NAME}(?:\s+{_STOP}{_NAME}){{0,2}}",
            re.IGNORECASE,
        ),
        r"\1 [name]",
    ),
)  # fmt: skip


def redact(text: str, longest: int = 300) -> str:
    """The text on one line without personal details, at most `longest` characters."""
    text = tidy_line(text[:4000])
    for pattern, stand_in in _RULES:
        text = pattern.sub(stand_in, text)
    return text if len(text) <= longest else text[: longest - 1] + "…"
