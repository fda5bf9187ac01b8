import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from assistant.pages.guide import _place_now, guide_html, guide_link
from assistant.reply import Citation
from corpus.folder import load_guides


def test_the_whole_guide_can_be_read(visit, spa):
    read = unescape(visit.open("guide").read)
    for sentence in spa.assistant().guides[0].sentences:
        assert sentence.shown in read


def test_the_cited_sentence_alone_is_marked(visit, spa):
    sentence = next(s for s in spa.assistant().guides[0].sentences if "20-minute" in s.text)
    visit.open("guide", guide="back-massage", s=f"{sentence.start}-{sentence.end}")
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", visit.html) == [sentence.shown]


@pytest.mark.parametrize("place", ["", "x", "9-1", "-1-5", "0-0", "999999999-999999999", "1-2-3"])
def test_a_place_that_is_none_marks_nothing(visit, place):
    visit.open("guide", guide="../../etc/passwd", s=place)
    assert "<mark" not in visit.html
    assert "Session Length" in visit.read


def test_each_heading_can_be_linked_to(visit, spa):
    visit.open("guide")
    for section in spa.assistant().guides[0].sections[1:]:
        assert f'id="{section.slug}"' in visit.html


def test_another_guide_is_escaped(tmp_path):
    (tmp_path / "odd.md").write_text("# A & <b>B</b>\n\n## C\n\nPress <i>here</i> & stay.\n")
    (guide,) = load_guides(tmp_path)
    shown = guide_html(guide, None)
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "&amp;" in shown


def test_a_link_of_before_an_edit_marks_the_same_words_or_says_that_they_are_gone(tmp_path):
    page = tmp_path / "tea.md"
    page.write_text("# Tea\n\nBrew it for two minutes. Let it rest.\n")
    [guide] = load_guides(tmp_path)
    rest = guide.sentences[1]
    citation = Citation(1, "tea", "tea", "Tea", rest.text, rest.start, rest.end)
    digest = parse_qs(urlsplit(guide_link(citation)).query)["q"][0]
    assert _place_now(guide, (rest.start, rest.end), digest) == (rest.start, rest.end)
    page.write_text("# Tea\n\nWarm the pot. Brew it for two minutes. Let it rest.\n")
    [guide] = load_guides(tmp_path)
    moved = _place_now(guide, (rest.start, rest.end), digest)
    assert guide.text[slice(*moved)] == "Let it rest."
    page.write_text("# Tea\n\nBrew it for two minutes. Let it cool.\n")
    [guide] = load_guides(tmp_path)
    assert _place_now(guide, (rest.start, rest.end), digest) is None


def test_a_link_to_words_that_are_gone_says_so(visit):
    visit.open("guide", guide="back-massage", s="10-20", q="000000000000")
    assert "no longer stands in it" in visit.read
    assert "<mark" not in visit.html
