"""An owner's settings: what is empty is not set, and nothing of the spa is made up."""

import pytest
from pydantic import ValidationError

from assistant.serving.settings import ServingSettings
from assistant.settings import PROJECT, Settings
from index.commands import Places

# Taken before a test sets them aside.
ENV_FILES = {kind: kind.model_config["env_file"] for kind in (Settings, ServingSettings, Places)}


def test_an_empty_variable_means_that_it_is_not_set(monkeypatch):
    """A template of `.env` with nothing filled in changes nothing."""
    monkeypatch.delenv("SERENITY_DATA_DIR")
    plain = Settings(_env_file=None)
    for name, field in Settings.model_fields.items():
        monkeypatch.setenv(str(field.validation_alias or f"SERENITY_{name.upper()}"), "")
    assert Settings(_env_file=None) == plain


def test_an_empty_line_of_a_file_means_the_same(tmp_path):
    file = tmp_path / "template.env"
    file.write_text("SERENITY_MODEL=\nSERENITY_LEADS_PER_HOUR=\nSERENITY_PHONE=  \n")
    settings = Settings(_env_file=file)
    assert (settings.model, settings.leads_per_hour, settings.spa_phone) == (None, 100, "")


@pytest.mark.parametrize("kind", [Settings, ServingSettings, Places])
def test_what_is_read_lies_in_the_project_wherever_a_command_runs(kind, monkeypatch):
    monkeypatch.delenv("SERENITY_DATA_DIR")
    monkeypatch.setenv("SERENITY_CORPUS_DIR", "")
    settings = kind(_env_file=None)
    for name in {"data_dir", "corpus_dir"} & kind.model_fields.keys():
        assert getattr(settings, name).is_relative_to(PROJECT)
    assert ENV_FILES[kind] == PROJECT / ".env"


def test_no_fact_of_the_spa_is_made_up():
    settings = Settings(_env_file=None)
    facts = [name for name in Settings.model_fields if name.startswith("spa_")]
    assert len(facts) == 4
    assert {getattr(settings, name) for name in facts} == {""}


@pytest.mark.parametrize(
    ("name", "value"),
    [("LOCALE", "mars"), ("RETENTION_DAYS", "0"), ("LEADS_PER_HOUR", "x"), ("PHONE_REGION", "usa")],
)
def test_a_setting_that_cannot_be_read_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"SERENITY_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings(_env_file=None)
