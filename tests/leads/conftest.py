"""Real databases and real receivers, all on loopback, all ended by the test that began them."""

import email
import email.policy
import http.server
import os
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from assistant.leads import (
    Database,
    LeadDesk,
    LeadForm,
    SmtpServer,
    VisitContext,
    mint_key,
    validate_form,
)

CONSENT = "The spa may use what I wrote to answer me."


class Clock:
    """The time, moved by hand."""

    def __init__(self):
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self):
        return self.now

    def advance(self, **parts):
        self.now += timedelta(**parts)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'leads.sqlite3'}"


@pytest.fixture(scope="session")
def postgres_server():
    """The address of a PostgreSQL of our own, or a skip; in CI its absence is a failure."""
    programs = _postgres_programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL's server programs are missing; install `postgresql`")
        pytest.skip("PostgreSQL's server programs are not installed")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        as_server = _as_server_user(Path(folder))
        data, port = f"{folder}/data", _free_port()
        _run([*as_server, str(programs / "initdb"), "-D", data, "-U", "spa", "-A", "trust", "-N"])
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        control = [*as_server, str(programs / "pg_ctl"), "-D", data, "-w"]
        _run([*control, "-l", f"{folder}/log", "-o", options, "start"])
        try:
            yield f"postgresql://spa@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "stop"])


@pytest.fixture
def postgres_url(postgres_server):
    """A schema of its own, which costs less than a database."""
    name = f"leads_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as conn:
        conn.execute(f"CREATE SCHEMA {name}")
    return f"{postgres_server}/postgres?options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request):
    """Both databases: what holds on one holds on the other."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """A migrated SQLite file to copy: migrating anew for each test would take most of the time."""
    path = tmp_path_factory.mktemp("migrated") / "leads.sqlite3"
    Database.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def db(url, migrated_file, tmp_path):
    if url.startswith("sqlite"):
        shutil.copy(migrated_file, tmp_path)
    opened = Database.open(url, migrate=not url.startswith("sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def small_db(sqlite_url, migrated_file, tmp_path):
    """SQLite alone, where the database makes no difference."""
    shutil.copy(migrated_file, tmp_path)
    opened = Database.open(sqlite_url, migrate=False)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def filled():
    """Makes a valid form, with changes."""
    data = {
        "name": "Ada Example",
        "email": "ada@example.com",
        "phone": "",
        "wish": "A back massage on Friday",
        "message": "In the afternoon, please.",
        "consent": True,
    }

    def fill(**changes):
        form = validate_form({"idempotency_key": mint_key(), **data, **changes}, "US")
        assert isinstance(form, LeadForm), form
        return form

    return fill


@pytest.fixture(scope="session")
def visit():
    """Makes the context of a form, with changes; a session of its own each time."""

    def make(**changes):
        base = {"session_id": uuid.uuid4().hex, "consent_text": CONSENT, "consent_version": "1"}
        return VisitContext(**{**base, **changes})

    return make


@pytest.fixture
def desk(db, clock):
    """A desk where triage finds nothing and the spa has a webhook."""
    return LeadDesk(db, lambda _turns: None, routes=["webhook"], clock=clock)


@pytest.fixture
def small_desk(small_db, clock):
    """The same on SQLite alone, with every route."""
    routes = ["webhook", "email", "confirmation"]
    return LeadDesk(small_db, lambda _turns: None, routes=routes, clock=clock)


@pytest.fixture
def count():
    """Counts the rows of a table."""

    def rows(db, table):
        with db.read() as conn:
            return conn.execute(select(func.count()).select_from(table)).scalar_one()

    return rows


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _postgres_programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _as_server_user(folder):
    """PostgreSQL refuses to run as root, so root lends the folder to its own user."""
    if os.getuid() != 0:
        return []
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _run(command):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(command, check=True, cwd=tempfile.gettempdir(), **quiet)


class HostileReceiver:
    """An HTTP server that answers as it is told, one behaviour a request, the last one for ever."""

    def __init__(self):
        self.behaviours = ["200"]
        self.seen = []
        self._release = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver._note(self.path, dict(self.headers), body)
                receiver._behave(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def ids(self):
        return [headers["webhook-id"] for _, headers, _ in self.seen]

    def _note(self, *request):
        with self._lock:
            self.seen.append(request)

    def _behave(self, handler):
        with self._lock:
            told = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        name, _, detail = told.partition(" ")
        if name == "hang":
            self._release.wait(20)
        elif name == "reset":
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            handler.connection.close()
        elif name == "drip":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self._release.wait(0.05):
                handler.wfile.write(b"X-Drip: 1\r\n")
        else:
            self._answer(handler, int(name), detail)

    def _answer(self, handler, status, detail):
        handler.send_response(status)
        if detail:
            handler.send_header(*detail.split("=", 1))
        if status == 200 and detail:
            handler.send_header("Content-Length", "1000000")
            handler.end_headers()
            handler.wfile.write(b"x")
            self._release.wait(20)
        handler.end_headers()


@pytest.fixture
def receiver():
    started = HostileReceiver()
    yield started
    started.close()


class Mailbox:
    """What an SMTP server took; `answer` refuses with another line than 250."""

    def __init__(self):
        self.letters = []
        self.answers = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.letters.append((session.ssl is not None, envelope))
        return "250 OK"

    def messages(self):
        return [
            email.message_from_bytes(envelope.content, policy=email.policy.default)
            for _, envelope in self.letters
        ]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 and the two contexts that use and trust it."""
    folder = tmp_path_factory.mktemp("tls")
    _run([
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/cert", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ])  # fmt: skip
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(f"{folder}/cert", f"{folder}/key")
    return ours, ssl.create_default_context(cafile=f"{folder}/cert")


@pytest.fixture
def smtp(certificate):
    """Starts SMTP servers: `smtp("starttls")` gives a mailbox and the `SmtpServer` to reach it."""
    started = []

    def start(tls):
        ours, trust = certificate
        options = {
            "starttls": {"tls_context": ours, "require_starttls": True},
            "implicit": {"ssl_context": ours},
            "none": {},
        }[tls]
        mailbox, port = Mailbox(), _free_port()
        server = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
        server.start()
        started.append(server)
        scheme, query = ("smtps" if tls == "implicit" else "smtp"), "?tls=none" * (tls == "none")
        return mailbox, SmtpServer.from_url(f"{scheme}://127.0.0.1:{port}{query}", trust=trust)

    yield start
    for server in started:
        server.stop()
