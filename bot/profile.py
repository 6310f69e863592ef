"""Who runs the bot: the clinic's profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Clinic(BaseModel):
    """Who runs the bot; fills the blanks of the fixed texts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, StringConstraints(pattern=r"\S")]
    phone: str = ""
    hours: str = ""
    emergency_number: Annotated[str, StringConstraints(pattern=r"\d")] = "911"
    crisis_line: Annotated[str, StringConstraints(pattern=r"\d")] = "988"
    link: Annotated[str, StringConstraints(pattern=r"^(https?://\S+)?$")] = ""
    article_link: Annotated[str, StringConstraints(pattern=r"^(https?://\S+|/([^/\\\s]\S*)?)$")] = "/"
    color: Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5c63"
    subject: str = ""
    suggestions: tuple[str, ...] = Field(default=(), max_length=3)

    @property
    def contact(self) -> str:
        """How to reach a person, to stand behind "please": "call the clinic at 555-0100"."""
        phone = f" at {self.phone}" if self.phone else ""
        link = f" or visit {self.link}" if self.link else ""
        hours = f" ({self.hours})" if self.hours else ""
        return f"call {self.name}{phone}{hours}{link}"

    @property
    def reach(self) -> str:
        """Name, phone and link one after the other, for a text in any language."""
        return " ".join(filter(None, (self.name, self.phone, self.link)))


def read_clinic(value: Any) -> Any:
    """What a file of that path says; anything but a path as it is.

    Raises:
        ValueError: It can't be read as YAML; names it.
    """
    if not isinstance(value, str | Path):
        return value
    try:
        return yaml.safe_load(Path(value).read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{value} can't be read as YAML ({' '.join(str(error).split())})") from error
