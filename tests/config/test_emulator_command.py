"""`minhu dev telegram-emulator` says what to set and refuses a taken port in words."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from config.cli.entry import main
from config.places import HERE


def test_a_taken_port_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as ended:
        main(["dev", "telegram-emulator", "--port", str(taken.getsockname()[1]), "--lang", "en"])
    assert ended.value.code == 1
    assert "cannot be opened" in capsys.readouterr().err


def test_it_serves_what_it_says_until_it_is_interrupted() -> None:
    """The address that it prints answers the Bot API for the tokens that it prints."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "config.cli",
        "dev",
        "telegram-emulator",
        "--port",
        "0",
        "--lang",
        "en",
    ]
    process = subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, "Stop with Ctrl-C.\n"))
        settings = dict(re.findall(r"(MINHU_TELEGRAM_\w+)=(\S+)", said))
        assert len(settings) == 3
        for name in ("MINHU_TELEGRAM_RESIDENTS_TOKEN", "MINHU_TELEGRAM_HANDLERS_TOKEN"):
            address = f"{settings['MINHU_TELEGRAM_API']}/bot{settings[name]}/getMe"
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        process.communicate()
