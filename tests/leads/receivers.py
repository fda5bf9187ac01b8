"""A webhook's other end on loopback, which answers as badly as a test wants."""

import http.server
import socket
import struct
import threading

import pytest


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
