"""From Enter to the whole answer on the page, as a visitor waits for it (`pytest -m bench -s`)."""

import statistics

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.bench]

QUESTIONS = (
    "how long should a session be", "how do I do kneading", "what oil", "how do I finish",
    "can I press on the backbone", "do I need to be strong", "how do I massage feet",
    "is it ok over a bruise", "how many minutes for a beginner", "can I do my own back",
)  # fmt: skip
WATCH = """() => {
  window.took = [];
  let seen = document.querySelectorAll("article").length, began = 0;
  const pressed = (event) => { if (event.key === "Enter") began = performance.now(); };
  document.addEventListener("keydown", pressed, true);
  new MutationObserver(() => {
    const now = document.querySelectorAll("article").length;
    if (now <= seen) return;
    seen = now;
    requestAnimationFrame(() => window.took.push(performance.now() - began));
  }).observe(document.body, { childList: true, subtree: true });
}"""


def test_how_long_a_visitor_waits(browse):
    took = []
    for _ in range(3):
        visitor = browse().open()
        visitor.input.wait_for()
        visitor.page.evaluate(WATCH)
        for number, question in enumerate(QUESTIONS):
            visitor.ask(question)
            visitor.page.wait_for_function("n => window.took.length > n", arg=number)
        took += visitor.page.evaluate("window.took")
    p95 = statistics.quantiles(took, n=20)[-1]
    print(f"\nEnter to whole answer: p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms")
    assert len(took) == 3 * len(QUESTIONS)
