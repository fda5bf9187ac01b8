"""The whole app in real Chromium: the process as it is served, the real model, a real database."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.running import ROOT, running_app

# Building takes a minute or two and depends on the corpus and the weights alone, so runs share it.
SHARED_INDEX = ROOT / "var" / "tests" / "index"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PASSWORD = "calm water"
PATIENCE = 60_000  # milliseconds that Playwright waits for what has to come


class Served:
    """The app as `make chat` serves it, with its address and its database."""

    def __init__(self, url, data):
        self.url = url
        self._database = data / "leads.sqlite3"

    def rows(self, query):
        with sqlite3.connect(self._database, timeout=10) as database:
            return database.execute(query).fetchall()

    def change(self, statement):
        with sqlite3.connect(self._database, timeout=10) as database:
            database.execute(statement)


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    data = tmp_path_factory.mktemp("served") / "var"
    settings = {
        "index_dir": SHARED_INDEX,
        "staff_password_hash": quick.hash(PASSWORD),
        "webhook_url": "https://127.0.0.1:9/nobody-listens",
        "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "leads_per_contact": 50,
        "phone": "+44 20 7946 0018",
    }
    with running_app(data, **settings) as app:
        yield Served(app.url, data)


@pytest.fixture(scope="module")
def chromium():
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Browsing:
    """One visitor at one screen."""

    def __init__(self, context, url):
        self.context = context
        self.url = url
        self.trouble = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", self._listen)

    def _listen(self, message):
        if "Content Security Policy" in message.text:
            self.trouble.append(message.text)

    def open(self, path="/"):
        self.page.goto(f"{self.url}{path}")
        return self

    @property
    def input(self):
        return self.page.get_by_test_id("stChatInputTextArea")

    def ask(self, question):
        asked = self.page.locator(".said").count()
        self.input.fill(question)
        self.input.press("Enter")
        self.page.locator(".said").nth(asked).wait_for()
        return self.page.locator("article").last

    def open_form(self):
        self.page.get_by_role("link", name="Book at Serenity").first.click()
        self.page.get_by_label("Your name").wait_for()

    def send(self):
        self.page.get_by_role("button", name="Send request").click()


@pytest.fixture
def browse(served, chromium):
    opened = []

    def start(screen=WIDE, url=served.url, **options):
        context = chromium.new_context(viewport=screen, **options)
        context.set_default_timeout(PATIENCE)
        opened.append(Browsing(context, url))
        return opened[-1]

    yield start
    trouble = [line for each in opened for line in each.trouble]
    for each in opened:
        each.context.close()
    assert not trouble


@pytest.fixture(params=[WIDE, NARROW], ids=["1280", "390"])
def visitor(browse, request):
    return browse(request.param).open()
