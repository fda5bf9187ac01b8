"""The safety data holds every row of the ground, and a mistake in it is told by file and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.triage.matching import Matcher, PatternError
from corpus.safety import FOLDER, SafetyError, load_safety

ROOT = FOLDER.parent.parent
DATA = load_safety()

GROUND = {
    "emergency": """
        urine saddle bowel sexual both-legs fast-weakness accident chest-pain breathless aortic
        stroke sepsis allergy after-massage suicide pregnancy-bleeding brittle-fall poison
    """,
    "urgent": """
        preeclampsia fever-back weight-loss cancer-history night-pain thoracic lump cough-pain
        weak-immunity brittle-new clot skin-infection foot-drop new-harm burn
    """,
    "ask_first": """
        blood-thinners pregnancy cancer thin-bones heart diabetes-nerves surgery-fracture disc-spine
        contagious contagious-skin avoid-area alcohol-drugs organs-mind child-frail unknown-pain
    """,
}


@pytest.mark.parametrize("level", GROUND)
def test_every_row_of_the_ground_is_there_with_its_level(level):
    held = {row.slug for row in DATA.conditions if row.level == level}
    assert set(GROUND[level].split()) <= held


def test_every_row_has_a_source_and_waits_for_a_clinician():
    for row in DATA.conditions:
        assert row.source.url.startswith("https://")
        assert row.reviewed is False
    assert "AWAITS A CLINICIAN" in (FOLDER / "body-and-people.yaml").read_text(encoding="utf-8")


def test_every_hazard_names_a_test_that_exists():
    for hazard in DATA.hazards:
        file, _, name = hazard.test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), hazard.id


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "safety"))


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("urgent.yaml", "level: urgent", "level: urgnt", "conditions.0.level"),
        ("urgent.yaml", "group: today", "group: tody", "'tody'"),
        ("urgent.yaml", "talk: [", "talks: [", "talks"),
        ("urgent.yaml", "talk: [shape]", "talk: [shap]", "'shap'"),
        ("urgent.yaml", "slug: lump", "slug: clot", "used twice"),
        ("replies.yaml", "heading:", "headin:", "headin"),
        ("hazards.yaml", "hazards:", "hazard:", "hazard"),
        ("emergency.yaml", "words:", "words: [", "YAML"),
    ],
)
def test_a_mistake_is_told_with_file_key_and_value(copy, file, old, new, told):
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SafetyError) as fault:
        load_safety(copy)
    assert file in str(fault.value)
    assert told in str(fault.value)


def test_a_missing_file_is_told(copy):
    (copy / "real-words.txt").unlink()
    with pytest.raises(SafetyError, match=r"real-words\.txt"):
        load_safety(copy)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("a ~x b", "~x"), ("a <nowhere>", "nowhere"), ("~3", "no word"), ("<here>", "circle")],
)
def test_a_pattern_that_cannot_be_read_is_told(pattern, told):
    with pytest.raises(PatternError, match=told):
        Matcher({"here": [pattern]}, negators=[])
