"""Mail servers on loopback, with and without TLS, and one that drips."""

import asyncio
import email
import email.policy
import socket
import ssl
import subprocess
import threading

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from assistant.leads import SmtpServer
from tests.running import free_port


class Mailbox:
    """What an SMTP server took; `answer` refuses with another line than 250."""

    def __init__(self):
        self.letters = []
        self.answers = {}
        self.hang_seconds = 0

    def authenticate(self, server, session, envelope, mechanism, auth_data):
        return AuthResult(success="AUTH" not in self.answers, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        await asyncio.sleep(self.hang_seconds)
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
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-keyout", f"{folder}/key", "-out", f"{folder}/cert", "-days", "2",
        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
    ]  # fmt: skip
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
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
        mailbox, port = Mailbox(), free_port()
        options["authenticator"] = mailbox.authenticate
        server = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
        server.start()
        started.append(server)
        scheme, query = ("smtps" if tls == "implicit" else "smtp"), "?tls=none" * (tls == "none")
        return mailbox, SmtpServer.from_url(f"{scheme}://127.0.0.1:{port}{query}", trust=trust)

    yield start
    for server in started:
        server.stop()


class DrippingServer:
    """A mail server that answers well until told to drip, and then one byte at a time for ever."""

    def __init__(self, words):
        self._words = words  # which commands it still answers, such as (b"EHLO", b"MAIL")
        self._release = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self):
        self._release.set()
        self._listener.close()
        self._thread.join()

    def _serve(self):
        talk, _ = self._listener.accept()
        with talk, talk.makefile("rb") as lines:
            if b"CONNECT" in self._words:
                talk.sendall(b"220 here\r\n")
                for line in lines:
                    if not self._answer(talk, lines, line.split()[0].upper()):
                        break
            self._drip(talk)

    def _answer(self, talk, lines, word):
        if word not in self._words:
            return False
        talk.sendall(b"354 go on\r\n" if word == b"DATA" else b"250 fine\r\n")
        if word == b"DATA":
            while lines.readline() != b".\r\n":
                pass
            talk.sendall(b"250 taken\r\n")
        return True

    def _drip(self, talk):
        talk.sendall(b"250")
        while not self._release.wait(0.05):
            try:
                talk.sendall(b"-")
            except OSError:
                return


@pytest.fixture
def dripping_server():
    """Starts servers that drip after these words: `dripping_server(b"CONNECT", b"EHLO")`."""
    started = []

    def start(*words):
        started.append(DrippingServer(words))
        return started[-1]

    yield start
    for server in started:
        server.close()
