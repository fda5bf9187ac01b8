"""Guides are read with exact places, and an edition is held to its rules."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.folder import load_guides, parse_guide, snapshot
from corpus.guide import CorpusError
from corpus.markdown import plain, read_guide, slugify

SHIPPED = Path(__file__).parents[2] / "corpus" / "guides"

HEAD = "---\ntitle: A guide\nlanguage: en\nsource: Somebody\npublished: 2026-01-02\n---\n"

MIXED = """Before any heading. And more.

# The *title* & more
A line that
wraps here. A second
one.

> Quoted text
> that wraps. And ends.

- one item
  that wraps.
- another. With two sentences.
  1. nested

| part | minutes |
|------|---------|
| back | 30      |

```
some code
```
<!-- not for readers -->

Setext
======
See [the link](http://example.org) for it.
"""

markdown = st.lists(
    st.one_of(
        st.sampled_from(
            ["# A", "## A b", "- item", "1. step", "> quote", "```", "---", "| a | b |", "|-|-|",
             "", "  ", "\tcode", "<b>x</b>", "*em", "[a](b)", "Setext\n===", "a \\", "&amp; b",
             "Wrapped line", "It ends. Next one", "Dr. Who, e.g. this. Yes!", "\ufeff"]
        ),
        st.text(max_size=40),
    ),
    max_size=14,
).map("\n".join)  # fmt: skip


@settings(deadline=None)
@given(markdown)
def test_every_span_is_the_text_itself_in_order_whatever_the_markdown(text):
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    guide = read_guide("any", text)
    end = 0
    for place, sentence in enumerate(guide.sentences):
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.start >= end
        assert sentence.text.strip()
        assert sentence.index == place
        assert "\n" not in sentence.shown
        end = sentence.end
    assert len({section.slug for section in guide.sections}) == len(guide.sections)


def test_the_shipped_guide_has_one_sentence_a_line_and_keeps_steps_together():
    [guide] = load_guides(SHIPPED)
    lines = {line.lstrip("-0123456789. ") for line in guide.text.splitlines()}
    assert len(guide.sentences) == 93
    assert all(sentence.text in lines for sentence in guide.sentences)
    assert [b.kind for b in guide.blocks].count("steps") == 3
    assert all(len(b.sentences) == 4 for b in guide.blocks if b.kind == "steps")


def test_wrapped_lines_quotes_lists_tables_and_code_become_sentences():
    shown = [(s.section, s.kind, s.shown) for s in read_guide("any", MIXED).sentences]
    top, setext, title = "top", "setext", "the-title--more"
    assert shown == [
        (top, "paragraph", "Before any heading."),
        (top, "paragraph", "And more."),
        (title, "paragraph", "A line that wraps here."),
        (title, "paragraph", "A second one."),
        (title, "paragraph", "Quoted text that wraps."),
        (title, "paragraph", "And ends."),
        (title, "bullets", "one item that wraps."),
        (title, "bullets", "another."),
        (title, "bullets", "With two sentences."),
        (title, "bullets", "nested"),
        (title, "bullets", "| part | minutes |"),
        (title, "bullets", "| back | 30 |"),
        (title, "paragraph", "some code"),
        (setext, "paragraph", "See the link for it."),
    ]


def test_slugs_are_those_of_github_and_unique():
    guide = read_guide("any", "# What's *new*?\na b\n# What's new?\na b\n# whats-new-1\na b\n")
    assert [s.slug for s in guide.sections] == ["whats-new", "whats-new-1", "whats-new-1-1"]
    assert slugify("Neck, Shoulders and Lower Back") == "neck-shoulders-and-lower-back"


def test_markup_is_not_read_aloud():
    marked = "**Bold** and `code` [link](http://x) <b>tag</b> ![img](x)"
    assert plain(marked) == "Bold and code link tag"
    assert plain("3 < 4 & 5 > 2") == "3 < 4 & 5 > 2"


def test_crlf_and_byte_order_mark_leave_places_as_python_reads_the_file(tmp_path):
    path = tmp_path / "g.md"
    path.write_bytes("\ufeff# Title\r\n\r\nOne thing.\r\nAnother thing.\r\n".encode())
    [guide] = load_guides(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert [text[s.start : s.end] for s in guide.sentences] == ["One thing.", "Another thing."]
    assert guide.title == "Title"


def test_name_and_title_come_from_the_path_and_the_first_heading(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "foot-care.md").write_text("Only text here.\n")
    head = "---\ntitle: From the head\ntags: [a]\n---\n"
    (tmp_path / "b.md").write_text(f"{head}# Heading\n\nText.\n")
    found = {guide.name: guide.title for guide in load_guides(tmp_path)}
    assert found == {"b": "From the head", "sub/foot-care": "foot care"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "# A\n\nText. TODO: more.\n", ":9: 'TODO'"),
        (HEAD + "# A\n\nText FIXME.\n", ":9: 'FIXME'"),
        (HEAD + "# A\n\nText [note: ask her].\n", ":9: '[note: ask her]'"),
        (HEAD + "# A\n\n[TBD]\n", ":9: '[TBD]'"),
        (HEAD + "# A\n\nText [insert figure].\n", ":9: '[insert figure]'"),
        (HEAD + "# A\n\nText.\n\n## E\n\n## F\n\nText.\n", ":11: nothing stands under 'E'"),
        (HEAD + "# A\n", ":7: nothing stands under 'A'"),
        (HEAD.replace("title: A guide\n", "") + "# A\n\nText.\n", "key 'title'"),
        (HEAD.replace("source", "sorce") + "# A\n\nText.\n", ":4: key 'sorce'"),
        (HEAD.replace("2026-01-02", "soon") + "# A\n\nText.\n", ":5: key 'published'"),
        (HEAD.replace("2026-01-02", "soon") + "# A\n\nText.\n", "'soon'"),
        (HEAD.replace("language: en", "language: de") + "# A\n\nText.\n", ":3: key 'language'"),
        (HEAD.replace("source: Somebody", "source: [") + "# A\n\nText.\n", "not valid YAML"),
        ("---\ntitle: A\nlanguage: en\n\n# A\n\nText.\n", ":1: the front matter is not closed"),
    ],
)
def test_an_edition_with_a_fault_is_refused_by_file_line_and_key(tmp_path, text, told):
    (tmp_path / "mine.md").write_text(text)
    with pytest.raises(CorpusError, match="mine.md") as caught:
        load_guides(tmp_path)
    assert told in str(caught.value)


def test_a_link_is_not_taken_for_a_note():
    text = HEAD + "# A\n\nRead [note on oils](oils.md) first.\n"
    assert parse_guide("a", text, Path("a.md")).sentences


def test_plain_markdown_is_taken_as_it_is_with_a_warning(tmp_path, caplog):
    (tmp_path / "a.md").write_text("# A\n\nText. TODO: more.\n\n## Empty\n")
    (tmp_path / "b.md").write_text("# Only a heading\n")
    (tmp_path / "c.md").write_text("---\nlayout: post\ntags: {\n---\nText.\n")
    assert [guide.name for guide in load_guides(tmp_path)] == ["a", "c"]
    assert "a.md:3: 'TODO'" in caplog.text
    assert "b.md: holds no sentence" in caplog.text


def test_a_folder_that_cannot_be_used_says_why(tmp_path):
    with pytest.raises(CorpusError, match="no such folder"):
        load_guides(tmp_path / "missing")
    with pytest.raises(CorpusError, match="no guide"):
        load_guides(tmp_path)
    (tmp_path / "latin.md").write_bytes("# Caf\xe9\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"latin\.md: not UTF-8 text \(byte 5 is 0xe9\)"):
        load_guides(tmp_path)


def test_a_file_name_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text("# Tea\n\nTea is hot.\n")
    with pytest.raises(CorpusError, match=r"caf\\udce9\.md': a file name that is not UTF-8"):
        load_guides(tmp_path)


def test_a_snapshot_tells_an_edit_apart(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("# A\n\nText.\n")
    before = snapshot(tmp_path)
    assert snapshot(tmp_path) == before
    path.write_text("# A\n\nText that grew.\n")
    assert snapshot(tmp_path) != before
