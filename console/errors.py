"""The room's error tree: why a page is not given. `key` is the sentence's key, `console.error.<key>`."""

from __future__ import annotations


class ConsoleError(Exception):
    """Root of what the console raises on purpose: an HTTP status and the words for it."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(f"{status} {key}")
        self.status = status
        self.key = key


class SignInFirst(ConsoleError):
    """Nobody is signed in; the browser is led to the door."""

    def __init__(self) -> None:
        super().__init__(401, "sign_in")


class Forbidden(ConsoleError):
    """The posts of this person do not open this page, or the form did not come from our own page."""

    def __init__(self, key: str = "forbidden") -> None:
        super().__init__(403, key)


class NotThere(ConsoleError):
    """There is no such thing, or this person may not know of it: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(404, "not_there")


class BadForm(ConsoleError):
    """The form is too large or not a form."""

    def __init__(self, status: int = 400, key: str = "bad_form") -> None:
        super().__init__(status, key)
