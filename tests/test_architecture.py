"""The rooms of the house: who may import whom, and which door each heavy library has."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "corpus", "evals", "index", "prompts")
ALLOWED = {
    "corpus": set(),
    "prompts": set(),
    "index": {"corpus"},
    "bot": {"corpus", "index", "prompts"},
    "evals": {"corpus", "index", "prompts", "bot"},
}
FACES = ("bot.cli", "bot.web")
HEAVY = {
    "torch": {
        *("index/export.py", "index/graph.py", "index/train.py", "index/adapter.py"),
        *("index/train_reader.py", "index/reader.py"),
    },
    "sentence_transformers": {"index/embed.py", "index/train.py", "index/adapter.py"},
    "peft": {"index/adapter.py", "index/train.py"},
    "onnxruntime": {"index/embed.py", "index/layers.py"},
    "chromadb": {"index/store.py"},
    "bm25s": {"index/lexical.py"},
    "spellchecker": {"bot/english.py"},
    "uvicorn": {"bot/cli.py", "bot/web/app.py"},
    "sqlalchemy": {
        *("bot/database.py", "bot/engines.py", "bot/entries.py", "bot/expiry.py", "bot/gap.py", "bot/journal.py"),
        *("bot/journal_tables.py", "bot/migrations/versions/0001_journal.py", "bot/setting_types.py"),
        *("bot/lockout.py", "bot/staff.py", "bot/staff_sessions.py"),
    },
    "alembic": {"bot/database.py", "bot/migrations/env.py", "bot/migrations/versions/0001_journal.py"},
    "prometheus_client": {"bot/web/metrics.py"},
    "phonenumbers": {"bot/private.py"},
    "argon2": {"bot/passwords.py"},
    "langchain": {"bot/providers.py"},
    "openai": {"bot/bounded_http.py"},
    "httpx2": {"bot/bounded_http.py"},
    "matplotlib": {"evals/plots.py"},
    "jinja2": {"evals/report.py", "bot/web/demo.py", "bot/web/console_html.py", "bot/web/signin_page.py"},
    "gradio": {
        f"bot/web/console_{part}.py" for part in ("app", "ask", "blocks", "corpus", "evaluate", "gaps", "jobs", "theme")
    },
}
ROOM_OF = {"scipy": "evals"}
AT_TOP = {"alembic", "bm25s", "jinja2", "prometheus_client", "sqlalchemy"}
"""Imported with their file: light enough for it."""
BEHIND = {"gradio": "bot/web/console.py", "openai": "bot/providers.py", "httpx2": "bot/providers.py"}
"""Imported with its files, which are imported inside a function of one more, and by nobody else."""
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Each imported module, and whether it is imported when the file is (not inside a function)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = {id(node) for statement in tree.body for node in ([statement] if _is_import(statement) else [])}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, id(node) in top))
    return found


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_run_one_way(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        name = module_name(path)
        is_face = name.startswith(FACES)
        for imported, _ in imports(path):
            target = imported.split(".")[0]
            if target in ROOMS and target != room:
                assert target in ALLOWED[room] or (is_face and target == "evals"), f"{name} imports {imported}"
            if imported.startswith(FACES):
                assert is_face, f"{name} imports the face {imported}"


def test_rooms_are_imported_by_their_modules() -> None:
    for path in SOURCES:
        assert not {imported for imported, _ in imports(path)} & set(ROOMS), module_name(path)


@pytest.mark.parametrize(("library", "doors"), HEAVY.items())
def test_a_heavy_library_has_one_door(library: str, doors: set[str]) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if any(imported.split(".")[0] == library for imported, _ in imports(path))
    }
    assert users == doors


@pytest.mark.parametrize("library", sorted(HEAVY.keys() - AT_TOP - BEHIND.keys()))
def test_a_heavy_library_is_imported_inside_functions(library: str) -> None:
    at_top = [
        module_name(path)
        for path in SOURCES
        for imported, is_top in imports(path)
        if is_top and imported.split(".")[0] == library
    ]
    assert at_top == []


@pytest.mark.parametrize(("library", "door"), BEHIND.items())
def test_files_of_a_slow_library_are_imported_inside_a_function_of_its_door(library: str, door: str) -> None:
    behind = {module_name(ROOT / path) for path in HEAVY[library]}
    users = {
        (path.relative_to(ROOT).as_posix(), is_top)
        for path in SOURCES
        if path.relative_to(ROOT).as_posix() not in HEAVY[library]
        for imported, is_top in imports(path)
        if imported in behind
    }
    assert users == {(door, False)}


@pytest.mark.parametrize(("library", "room"), ROOM_OF.items())
def test_a_library_for_measuring_stays_in_its_room(library: str, room: str) -> None:
    users = {
        module_name(path).split(".")[0]
        for path in SOURCES
        for imported, _ in imports(path)
        if imported.split(".")[0] == library
    }
    assert users == {room}


def test_only_settings_reads_the_environment() -> None:
    reading = re.compile(r"\b(os\.environ|getenv|environ\[)")
    assert {module_name(path) for path in SOURCES if reading.search(path.read_text(encoding="utf-8"))} == {
        "bot.settings"
    }


def test_loading_the_chain_and_the_web_app_leaves_torch_out() -> None:
    code = (
        "import sys, bot.chain, bot.cli, bot.web.app;"
        "heavy = ('torch', 'sentence_transformers', 'transformers', 'gradio', 'chromadb', 'matplotlib', 'sklearn',"
        "'jinja2', 'alembic', 'langchain', 'openai', 'bot.generate');"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
