"""The whole app in real Chromium: the process as it is served, the real model, a real database."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from argon2 import PasswordHasher

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PASSWORD = "calm water"
START_SECONDS = 180
PATIENCE = 30_000  # milliseconds that Playwright waits for what has to come


class Served:
    """The app in a process of its own, with its folder and address."""

    def __init__(self, folder, **settings):
        self.data = folder / "var"
        self.log = folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ, "SERENITY_DATA_DIR": str(self.data), "SERENITY_PUBLIC_URL": self.url,
            **settings,
        }  # fmt: skip
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--server.port", str(self.port)], cwd=ROOT, env=environment,
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def wait(self):
        for _ in range(START_SECONDS * 2):
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return self
            except OSError:
                pass
            time.sleep(0.5)
        raise AssertionError(f"not up within {START_SECONDS} s:\n{self.log.read_text()}")

    def rows(self, query):
        with sqlite3.connect(self.data / "leads.sqlite3", timeout=10) as database:
            return database.execute(query).fetchall()

    def change(self, statement):
        with sqlite3.connect(self.data / "leads.sqlite3", timeout=10) as database:
            database.execute(statement)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    app = Served(
        tmp_path_factory.mktemp("served"),
        SERENITY_STAFF_PASSWORD_HASH=quick.hash(PASSWORD),
        SERENITY_WEBHOOK_URL="https://127.0.0.1:9/nobody-listens",
        SERENITY_WEBHOOK_SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        SERENITY_LEADS_PER_CONTACT="50",
        SERENITY_PHONE="+44 20 7946 0018",
    )
    try:
        yield app.wait()
    finally:
        app.end()


@pytest.fixture(scope="session")
def chromium():
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

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
