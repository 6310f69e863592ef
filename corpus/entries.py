"""Lists of entries that people write beside the documents, as YAML: read and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, StringConstraints, TypeAdapter, ValidationError

from corpus.document import CorpusError

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _one_text(asked: Any) -> Any:
    """A conversation as one text, as a question that leans on earlier ones is searched for: they stand before it."""
    is_conversation = isinstance(asked, list) and len(asked) > 1 and all(isinstance(said, str) for said in asked)
    return " ".join(asked) if is_conversation else asked


Asked = Annotated[Text, BeforeValidator(_one_text)]
"""A question, or a list: the earlier questions, then the one that can't be understood without them."""

Entry = TypeVar("Entry", bound=BaseModel)


def entry_paths(folder: Path) -> list[Path]:
    """The YAML files of a folder, sorted; a hidden one is not read, and no folder is no error."""
    return sorted(path for path in folder.glob("*.y*ml") if not path.name.startswith("."))


def load_entries(path: Path, form: type[Entry]) -> list[Entry]:
    """The entries of a file.

    Raises:
        CorpusError: It is not a list of that form; names the file, the entry and the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return TypeAdapter(list[form]).validate_python(yaml.load(text, yaml.CSafeLoader) or [])  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        raise CorpusError(f"{path}: entry {place}: {first['msg']}; mend the entry.") from error
    except (OSError, yaml.YAMLError, ValueError) as error:  # YAML's own ValueError: a date like 2021-02-30
        raise CorpusError(f"{path}: can't be read as YAML: {' '.join(str(error).split())}") from error
