"""What every test stands on: no settings of the machine, and no silent skip in CI."""

import os

import pytest

# Before anything reads them: no model hub, no telemetry, no settings from whoever runs the tests.
os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    ANONYMIZED_TELEMETRY="False",
    TOKENIZERS_PARALLELISM="false",
)
# SERENITY_TEST_DATA stays: it names the folder where test runs share one built index.
for name in [name for name in os.environ if name.upper().startswith("SERENITY_")]:
    if name != "SERENITY_TEST_DATA":
        del os.environ[name]

from assistant.serving.settings import ServingSettings  # noqa: E402 after the environment is bare
from assistant.settings import Settings  # noqa: E402
from index.commands import Places  # noqa: E402

NEVER_SKIPPED_IN_CI = ("browser", "postgres", "faults")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a test that needs a browser or a server runs, or fails: it is never passed over."""
    report = yield
    must_run = any(item.get_closest_marker(name) for name in NEVER_SKIPPED_IN_CI)
    if report.skipped and must_run and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr[2]}"
    return report


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Settings read no `.env` of the checkout, and what is built lies in the test's own folder."""
    for kind in (Settings, ServingSettings, Places):
        monkeypatch.setitem(kind.model_config, "env_file", None)
    monkeypatch.setenv("SERENITY_DATA_DIR", str(tmp_path / "var"))
