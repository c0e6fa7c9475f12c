"""The options that several commands share; each may also be set in the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.places import data_folder

DataOption = Annotated[
    Path,
    typer.Option(envvar="MINHU_DATA", default_factory=data_folder, help="Data folder.", show_default="data"),
]
LangOption = Annotated[str | None, typer.Option(help="Language of the answer: zh-CN or en.")]
