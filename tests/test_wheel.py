"""The wheel holds what git holds of the five packages, data files and all, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "corpus", "evals", "index", "prompts")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_what_git_holds(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == set(listed.split())
    assert any(name.endswith(".yaml") for name in packed)


def test_the_wheel_installs_the_command(wheel: zipfile.ZipFile) -> None:
    entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "faqbot = bot.cli:main" in wheel.read(entry_points).decode()
