"""What an operator may set: the environment (`MINHU_…`), or a file for each secret (`MINHU_…_FILE`).

Nothing has to be set: the defaults are a whole Minhu on this machine alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.places import HOST, PORT, TERRITORY, data_folder, record_url, weights_folder
from media import weights


class Settings(BaseSettings):
    """Every setting, with its unit in its description; a wrong value is refused at the start, with its name."""

    model_config = SettingsConfigDict(env_prefix="MINHU_", extra="ignore")

    data: Path = Field(default_factory=data_folder, description="data folder")
    territory: str = Field(default=TERRITORY, description="name of a territory, or a folder")
    host: str = HOST
    port: int = Field(default=PORT, ge=0, le=65535)
    database_url: str = Field(default="", description="blank: one SQLite file in the data folder")
    public_url: str | None = Field(default=None, description="where people reach the front door, with https")
    demo: bool = Field(default=True, description="load the territory's demo roster into an empty record")
    deliver_workers: int = Field(default=4, ge=1, le=32, description="notices sent at the same time")

    voice_model: Path | None = Field(default=None, description="folder of a CTranslate2 Whisper model")
    voice_workers: int = Field(default=1, ge=1, le=16, description="sounds listened to at the same time")
    voice_threads: int = Field(default=1, ge=1, le=16, description="cores for each of them")

    telegram_api: str = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_residents_token: SecretStr | None = None
    telegram_handlers_token: SecretStr | None = None
    telegram_webhook_key: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")

    @field_validator("voice_model")
    @classmethod
    def _a_model(cls, folder: Path | None) -> Path | None:
        if folder is not None and not weights.present(folder):
            raise ValueError(f"no CTranslate2 Whisper model (model.bin, config.json, vocabulary) in {folder}")
        return folder

    @property
    def voice_folder(self) -> Path:
        """Where the speech model is, or will be after `minhu voice setup`."""
        return self.voice_model or weights_folder(self.data)

    @property
    def record_url(self) -> str:
        return self.database_url or record_url(self.data)

    @property
    def secure(self) -> bool:
        """Do people come by HTTPS?"""
        return (self.public_url or "").startswith("https://")


def load_settings(**given: object) -> Settings:
    """Settings from what was given, the environment, and `…_FILE` secrets. Raises pydantic's ValidationError."""
    secrets = {
        name.removeprefix("MINHU_").removesuffix("_FILE").lower(): Path(path).read_text("utf-8").strip()
        for name, path in os.environ.items()
        if name.startswith("MINHU_") and name.endswith("_FILE")
    }
    return Settings(**{**secrets, **{key: value for key, value in given.items() if value is not None}})  # type: ignore[arg-type]
