"""Only what stands in the guide, where it says it stands, is shown as the guide's."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.citations import cite, stands_in_guide

# What may be wrong with a sentence, whoever composed it.
FAULTS = {
    "altered text": lambda s: replace(s, text=s.text.replace("30", "60")),
    "a word more": lambda s: replace(s, text=f"{s.text} Always."),
    "another case": lambda s: replace(s, text=s.text.upper()),
    "only a part": lambda s: replace(s, text=s.text[:-5]),
    "shifted span": lambda s: replace(s, start=s.start + 1, end=s.end + 1),
    "longer span": lambda s: replace(s, end=s.end + 1),
    "span from the end": lambda s: replace(s, start=-len(s.text), end=-1),
    "span beyond the guide": lambda s: replace(s, start=10**6, end=10**6 + len(s.text)),
    "empty": lambda s: replace(s, text="", end=s.start),
    "white space": lambda s: replace(s, text="\n", start=s.end, end=s.end + 1),
    "wrong section": lambda s: replace(s, section="overview"),
    "section that is not there": lambda s: replace(s, section="session-lengths"),
    "unknown guide": lambda s: replace(s, guide="foot-massage"),
}


@pytest.mark.parametrize("spoil", FAULTS.values(), ids=FAULTS)
def test_a_sentence_that_is_not_in_its_place_is_dropped_and_not_repaired(facts, guides, spoil):
    right, wrong, after = facts["F110"], spoil(facts["F111"]), facts["F112"]
    assert not stands_in_guide(wrong, guides)
    cited, citations = cite([right, wrong, after], guides)
    assert [c.quote for c in citations] == [right.text, after.text]
    assert [c.n for c in citations] == [1, 2]
    assert [s.citations for s in cited] == [(1,), (2,)]


def test_every_sentence_of_the_guide_passes_the_check(guide, guides):
    cited, citations = cite(guide.sentences, guides)
    assert len(cited) == len(citations) == len(guide.sentences)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_cited_is_the_very_slice_of_the_guide(guide, guides, data):
    chosen = data.draw(st.lists(st.sampled_from(guide.sentences), max_size=8))
    cited, citations = cite(chosen, guides)
    for number, (sentence, citation) in enumerate(zip(cited, citations, strict=True), 1):
        assert (citation.n, sentence.citations) == (number, (number,))
        assert guide.text[citation.start : citation.end] == citation.quote
        section = next(s for s in guide.sections if s.slug == citation.section)
        assert section.start <= citation.start < citation.end <= section.end


def test_a_guide_that_is_not_served_any_more_is_not_quoted(guide):
    assert cite(guide.sentences, {}) == ((), ())
