import re
from html import unescape

import pytest

from assistant.pages.guide import guide_html
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
