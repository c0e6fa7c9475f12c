"""A server on loopback with OpenAI's form of a transcription: says what it is told, keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    path: str
    key: str | None
    fields: Mapping[str, str]
    sound: bytes


@dataclass(kw_only=True)
class SpeechServer:
    """`answer` is sent with `status` and `headers`; a `silent` server never answers."""

    address: str = ""
    answer: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def says(self, text: str, **figures: float) -> None:
        """One segment of `text`; figures of doubt as a sure model gives them, unless told otherwise."""
        sure = {
            "start": 0.0,
            "end": 3.0,
            "avg_logprob": -0.2,
            "no_speech_prob": 0.01,
            "compression_ratio": 1.1,
        }
        segment: dict[str, Any] = {"text": text, **sure, **figures}
        self.answer = json.dumps({"text": text, "language": "chinese", "segments": [segment]}).encode()


@contextmanager
def speech_server() -> Iterator[SpeechServer]:
    state = SpeechServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    state.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(state: SpeechServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.asked.append(_asked(self.path, self.headers, body))
            if state.silent:
                state.over.wait()
                return
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(state.answer)))
            self.end_headers()
            try:
                self.wfile.write(state.answer)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, format: str, *args: Any) -> None:
            return

    return Handler


def _asked(path: str, headers: Any, body: bytes) -> Asked:
    form = BytesParser().parsebytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
    fields: dict[str, str] = {}
    sound = b""
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if name == "file":
            sound = content
        else:
            fields[name] = content.decode()
    return Asked(path=path, key=headers.get("Authorization"), fields=fields, sound=sound)
