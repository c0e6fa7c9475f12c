"""A child process that opens strangers' files: it bounds itself, then answers job after job on a pipe.

stdin   one JSON object a line: {"work": "clean", "seconds": 10, "job": {…}}
stdout  one JSON object a line: {"done": {…}} | {"refused": reason, "detail": …} | {"fault": …},
        and in each "worn": whether the process should be replaced

python -m media.child MEMORY OUTPUT_BYTES      (both in bytes; started by media.workshop only)
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

from media.errors import MEMORY, MediaFailure, MediaFault, MediaRefused

WORKS = {
    "clean": "media.clean",
    "transcribe": "media.whisper_fast",
    "transcribe_torch": "media.whisper_torch",
    "voice_activity": "media.voice_activity",
    "pair": "media.pair",
    "read": "media.lettering",
    "veil": "media.discretion",
}
"""What a child can be asked to do: modules with a function `work(job) -> JSON object`."""

_NICE = 5
"""Text messages keep their pace: the parent process is served first when cores are short."""
_NO_MEMORY = {errno.ENOMEM, errno.EAGAIN}
"""EAGAIN is what a decoder gets that cannot map the stack of a thread."""
_WORN = 0.55
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE}


def main() -> None:
    memory, output_bytes = (int(argument) for argument in sys.argv[1:3])
    _bound(memory, output_bytes)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # a decoder that prints must not write into the answers
    for line in sys.stdin.buffer:
        order = json.loads(line)
        _bound_time(float(order["seconds"]))
        answer = _answer(order["work"], order["job"])
        answers.write(json.dumps(answer | {"worn": _worn(memory)}).encode() + b"\n")


def _bound(memory: int, output_bytes: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CORE, 0),  # a core dump would lay a resident's photo open on the disk
    ):
        resource.setrlimit(what, (limit, limit))
    os.nice(_NICE)


def _bound_time(seconds: float) -> None:
    """CPU seconds of this job; past them the kernel ends the process, even if the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _worn(memory: int) -> bool:
    """Whether so much address space stays taken after a job that the next large one, or the libraries of
    another type, would not fit."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return False  # only Linux tells, and only Linux holds a process to the limit
    return pages * resource.getpagesize() > _WORN * memory


def _answer(work: str, job: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"done": importlib.import_module(WORKS[work]).work(job)}
    except MediaRefused as refused:
        return _refusal(refused.reason, refused.detail)
    except MemoryError:
        return _refusal(MediaFailure.BOMB, MEMORY)
    except (ImportError, MediaFault) as fault:
        return {"fault": str(fault)}
    except OSError as error:
        if error.errno in _DISK:
            return {"fault": f"{errno.errorcode[error.errno]} in a child"}
        if error.errno in _NO_MEMORY:
            return _refusal(MediaFailure.BOMB, MEMORY)
        bomb = error.errno == errno.EFBIG
        return _refusal(MediaFailure.BOMB if bomb else MediaFailure.BROKEN, _where(error))
    except Exception as error:  # noqa: BLE001 - the one loop: a decoder on hostile bytes may raise anything
        return _refusal(MediaFailure.BROKEN, _where(error))


def _refusal(reason: MediaFailure, detail: str) -> dict[str, Any]:
    return {"refused": reason.value, "detail": detail}


def _where(error: BaseException) -> str:
    """Type and place, never the message: a decoder's message may hold the file's own text."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
