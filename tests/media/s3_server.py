"""A server that speaks S3 on this machine alone (the package localbucket), for one test."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from media import BucketAddress


@contextmanager
def bucket(folder: Path) -> Iterator[BucketAddress]:
    """An empty bucket on an ephemeral port, its objects as files below `folder`."""
    server = pytest.importorskip("localbucket", reason="the S3 server of the test dependencies is missing")
    (folder / "minhu").mkdir(parents=True)
    handler = type("Handler", (server.S3Handler,), {"data_root": folder.resolve()})
    logging.getLogger(server.logger.name).setLevel(logging.ERROR)
    serving = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield BucketAddress(
            bucket="minhu", prefix="files", endpoint=f"http://127.0.0.1:{serving.server_port}",
            key_id="minhu", secret="a-secret-of-the-bucket",
        )  # fmt: skip
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()
