import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from assistant.pages.conversation import Conversation
from assistant.pages.markup import banner_html, question_html, reply_html, stop_html
from assistant.reply import Citation, Reply, Source

OURS = re.compile(
    r"</?(?:article|div|p|ol|ul|li|details|summary|span|q|h2|section|strong)"
    r'(?: [a-z-]+="[^"<>]*")*>'
    r'|</?a(?: (?:href="(?:guide\?|tel:|https://)[^"<>]*"|target="_blank"|class="call"))*>'
)
SIGNS = st.sampled_from("ab <>&\"'[]()1.-*\n:$`_\\/\u202e\x00")
TEXT = st.text(SIGNS | st.characters(), max_size=80)


def without_ours(html):
    return OURS.sub("", html)


@given(TEXT, TEXT, TEXT)
def test_no_text_becomes_markup(text, quote, heading):
    citation = Citation(1, quote, "s", heading, quote, 0, 1)
    reply = Reply("answer", f"{text} [1]", citations=(citation,))
    stop = Reply("safety", text, level="urgent", sources=(Source(heading, quote, False),))
    for html in (question_html(text), reply_html(reply), stop_html(stop), banner_html(stop)):
        assert "<" not in without_ours(html)


def test_only_numbers_that_are_citations_become_citations():
    reply = Reply("answer", "One [1]. Two [2].", citations=(Citation(1, "g", "s", "H", "q", 0, 1),))
    html = reply_html(reply)
    assert html.count("<details") == 1
    assert "[2]" in html


def test_what_a_link_of_a_source_may_be():
    stop = Reply("safety", "Call now.", level="urgent", sources=(
        Source("good", "https://nhs.example/", False), Source("bad", "javascript:x()", False),
    ))  # fmt: skip
    assert 'href="https://nhs.example/"' in stop_html(stop)
    assert "javascript" not in stop_html(stop)


def test_numbers_to_call_are_links_and_other_numbers_are_not():
    text = "Call 999 now, 美国911.\nOr 116 123. In 112-120 minutes 1,112 people, 99 of 999,000."
    links = re.findall(r'href="tel:(\d+)"', stop_html(Reply("safety", text, level="urgent")))
    assert links == ["999", "911", "116123"]


def test_a_long_message_is_repeated_in_part():
    assert len(unescape(question_html("word " * 20_000))) < 800


def test_what_holds_over_a_conversation():
    talk = Conversation()
    assert (talk.level, talk.stopped, talk.section) == (None, False, "")
    talk.add("my wife is pregnant", Reply("safety", "Ask first.", level="ask_first"))
    talk.add("how long", Reply("answer", "x", citations=(Citation(1, "g", "s", "H", "q", 0, 1),)))
    assert (talk.level, talk.stopped, talk.section) == ("ask_first", False, "s")
    talk.add("chest pain", Reply("safety", "Call.", level="emergency"))
    assert (talk.level, talk.stopped) == ("emergency", True)
    name = talk.id
    talk.start_over()
    assert (talk.level, talk.turns, talk.id) == (None, (), name)
