"""Text that a Whisper model makes up where it hears none, and how it is told from what was said.

silence, noise     a voice detector hears nobody (media.voice_activity), or the model doubts itself
a loop             one phrase over and over
an echo            the prompt itself, given back
a farewell         what stands under many of the films that Whisper learned from
"""

from __future__ import annotations

from collections.abc import Sequence

PROMPT = {"zh": "以下是居民用普通话反映的问题。", "en": "A resident reports a problem."}
_BETWEEN = {"zh": "、", "en": ", "}
"""Between the names of the prompt. Whisper copies the style; with spaces it wrote spaces, and heard worse."""
_PROMPT_LENGTH = 160
"""Characters of names in the prompt: Whisper reads at most 223 tokens of it, a Chinese character up to two."""
_REPETITION = 2.4
"""Compression ratio above which text repeats itself (Radford et al., 2022, 4.5)."""
_UNSURE = -1.2
"""Mean log probability of a segment below which its words are guesses."""
_SILENT, _DOUBTED = 0.6, -0.7
"""Chance of no speech and mean log probability that together mean silence (Radford et al., 2022, 4.5: 0.6 and -1)."""
_ECHO = 8
"""Letters in a row that stand in the prompt too. A town's name alone has four; two names in the prompt's order
and without a word between them are read off."""
_FAREWELLS = (
    "字幕由",
    "字幕志愿者",
    "请不吝点赞",
    "谢谢观看",
    "感谢观看",
    "感谢收看",
    "明镜与点点",
    "thanksforwatching",
)
"""Beginnings, letters only, in lower case. Nobody reports a matter with them."""


def prompt(language: str, hot_words: Sequence[str]) -> str:
    """What the model is told to have heard before: how a report begins, and names, as many as it can read."""
    names = ""
    for word in hot_words:
        if len(names) + len(word) > _PROMPT_LENGTH:
            break
        names += (_BETWEEN[language] if names else "") + word
    return PROMPT[language] + (names + "。" if names else "")


def made_up(text: str, *, prompt: str, no_speech: float, log_probability: float, compression: float) -> bool:
    """Whether a segment is none of the speaker's words; the three figures are Whisper's own of it."""
    silent = no_speech > _SILENT and log_probability < _DOUBTED
    doubtful = silent or log_probability < _UNSURE or compression > _REPETITION
    return doubtful or repeats(text) or echoes(text, prompt) or _letters(text).startswith(_FAREWELLS)


def repeats(text: str) -> bool:
    """Whether a text of some length is mostly one short phrase repeated."""
    letters = _letters(text)
    for width in range(1, 9):
        start = letters[:width]
        if len(letters) >= max(8, 4 * width) and letters.count(start) * width >= 0.8 * len(letters):
            return True
    return False


def echoes(text: str, prompt: str) -> bool:
    """Whether a text is a stretch of the prompt, word for word."""
    letters = _letters(text)
    return len(letters) >= _ECHO and letters in _letters(prompt)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
