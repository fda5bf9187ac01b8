"""What is asked while we measure: short and long, answered and not, one safety stop."""

from itertools import product

QUESTIONS = (
    "how long should a session be",
    "how many minutes for a beginner",
    "can I press on the backbone",
    "how do I do kneading",
    "is it ok over a bruise",
    "what oil should I use",
    "how do I finish the massage",
    "can I do my own back",
    "do I need to be strong",
    "what does a back massage do for you",
    "how do I massage feet",
    "which essential oil helps sleep",
    "what is the capital of France",
    "what does it cost",
    "where should the person lie",
    "hello",
    "my husband sits at a desk all day, his shoulders are like rocks, what can I do at home",
    "should the room be warm",
    "I read somewhere that you should start slowly and get firmer, is that what you would do too",
    "fever and back pain",
    "why should I start with long strokes",
    "can you massage straight after a meal",
    "how hard should I press with my thumbs",
    "what are the circles for",
)

OPENINGS = (
    "", "please tell me,", "so,", "quick question:", "hi,", "just wondering,", "sorry to ask but",
    "my sister asks:", "once more:", "for my notes:", "honestly,", "one thing:", "ok so", "right,",
    "listen,", "well,",
)  # fmt: skip
CLOSINGS = ("", "please", "thanks", "exactly", "in your view", "then", "though", "again")


def distinct(count: int) -> list[str]:
    """So many questions, no two the same: a remembered reply must not pass for a quick one."""
    texts = [
        f"{opening} {question} {closing}".strip()
        for closing, opening, question in product(CLOSINGS, OPENINGS, QUESTIONS)
    ]
    if count > len(texts):
        raise ValueError(f"{count} questions wanted, {len(texts)} there")
    return texts[:count]
