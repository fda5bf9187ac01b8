"""A visitor's browser without the browser: Streamlit's own messages over its websocket.

Knows as much of the protocol as a visitor needs: open the page, type a question, read what comes.
"""

from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

WAIT = 60


class Visitor:
    """One tab on the chat page. Use it as a context manager."""

    def __init__(self, url: str) -> None:
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._tab = connect(
            address, subprotocols=["streamlit"], origin=url, max_size=None, open_timeout=WAIT
        )
        self._question = ""
        self.read = b""

    def __enter__(self) -> Self:
        self._socket = self._tab.__enter__()
        self._run(BackMsg(rerun_script={"query_string": ""}))
        return self

    def __exit__(self, *error: object) -> None:
        self._tab.__exit__(*error)

    def ask(self, question: str) -> bytes:
        """Type a question; everything that the server sent for it."""
        state = {"id": self._question, "chat_input_value": {"data": question}}
        before = len(self.read)
        self._run(BackMsg(rerun_script={"widget_states": {"widgets": [state]}}))
        return self.read[before:]

    def _run(self, message: BackMsg) -> None:
        """Send, and read until the script has finished."""
        self._socket.send(message.SerializeToString())
        while True:
            raw = self._socket.recv(WAIT)
            self.read += raw
            received = ForwardMsg.FromString(raw)
            chat_input = received.delta.new_element.chat_input
            if chat_input.id:
                self._question = chat_input.id
            over = received.WhichOneof("type") == "script_finished"
            if over and received.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return
