"""The regression gate: floors under the figures of each split, and the names of what fell below."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.errors import EvalError
from evals.measures import MEASURES
from evals.outcome import Outcome
from evals.questions import Fact, Split, states

GATE = Path(__file__).parent / "gate.toml"


class Bounds(BaseModel):
    """Between what a figure must lie; both ends are allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float = float("-inf")
    at_most: float = float("inf")

    @model_validator(mode="after")
    def _bounds_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("give at_least or at_most")
        return self


class Gate(BaseModel):
    """What a run must reach: for each split, bounds by measure; and what each disclaimer must state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disclaimer_states: tuple[Fact, ...] = Field(min_length=1)
    gate: dict[str, Bounds] = Field(default_factory=dict)
    dev: dict[str, Bounds] = Field(default_factory=dict)
    test: dict[str, Bounds] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_measures(self) -> Self:
        known = {measure.name for measure in MEASURES}
        for split in Split:
            if unknown := sorted(self.bounds(split).keys() - known):
                raise ValueError(f"{split}: no measure is called {', '.join(unknown)}")
        return self

    def bounds(self, split: Split) -> Mapping[str, Bounds]:
        """By measure."""
        return {Split.GATE: self.gate, Split.DEV: self.dev, Split.TEST: self.test}[split]


def load_gate(path: Path = GATE) -> Gate:
    """The gate of a TOML file.

    Raises:
        EvalError: It can't be read, or a field is wrong.
    """
    try:
        return Gate.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvalError(f"{path}: can't be read as TOML ({error}); mend the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "file"
        raise EvalError(f"{path}: '{field}': {first['msg']}; mend the file.") from error


def shortfalls(gate: Gate, outcomes: Sequence[Outcome]) -> list[str]:
    """What fell short, a line each; empty when the run passes.

    A bound whose measure can't be taken, for no question has a part in it, is a shortfall too: a
    gate without questions guards nothing.
    """
    if not outcomes:
        return ["no question was asked"]
    lines = []
    by_name = {measure.name: measure for measure in MEASURES}
    for split in Split:
        part = [outcome for outcome in outcomes if outcome.case.split is split]
        for name, bounds in gate.bounds(split).items() if part else ():
            figure = by_name[name].figure(part)
            if figure is None:
                lines.append(f"{split}: {name}: no question to take it on")
            elif not bounds.at_least <= figure.interval.value <= bounds.at_most:
                lines.append(f"{split}: {name}: {figure}, {_say(bounds, figure.measure.show)}")
    return lines + _disclaimers(gate, outcomes)


def _say(bounds: Bounds, show: Callable[[float], str]) -> str:
    ends = []
    if "at_least" in bounds.model_fields_set:
        ends.append(f"at least {show(bounds.at_least)}")
    if "at_most" in bounds.model_fields_set:
        ends.append(f"at most {show(bounds.at_most)}")
    return f"wanted {' and '.join(ends)}"


def _disclaimers(gate: Gate, outcomes: Sequence[Outcome]) -> list[str]:
    """A line for each thing that some reply's disclaimer doesn't state."""
    shown = {outcome.reply.disclaimer for outcome in outcomes}
    return [
        f"disclaimer: does not state {wanted}; mend prompts/disclaimer.md"
        for wanted in gate.disclaimer_states
        if not all(states(text, wanted) for text in shown)
    ]
