"""A Reply on a terminal: sentences with their marks, where each stands, the disclaimer."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from bot.reply import TIER_NAMES, Caution, Citation, Reply
from corpus.document import Tier


def show(reply: Reply, console: Console) -> None:
    """Prints a reply; text from the question or the documents is never read as markup."""
    parts: list[RenderableType] = []
    if reply.notice:
        parts += [Text(reply.notice), Text()]
    for sentence in reply.sentences:
        line = Text.assemble(("Caution: " * reply.warns(sentence), "bold yellow"), sentence.text)
        line.append("".join(f" [{n}]" for n in sentence.citations), style="bold cyan")
        parts += [line, Text()]
    for caution in reply.cautions_beside:
        parts += [_caution(caution), Text()]
    for term in reply.terms:
        parts.append(Text.assemble((term.term, "bold"), f": {term.definition}", (f" ({term.citation.title})", "dim")))
    if reply.terms:
        parts.append(Text())
    if reply.citations:
        parts += [_sources(reply.citations), Text()]
    if reply.suggestions:
        parts += [Text("The documents do answer:"), *(Text(f"· {question}") for question in reply.suggestions), Text()]
    parts.append(Text(reply.disclaimer, style="dim italic"))
    title = Text(reply.kind.value.replace("_", " "))
    console.print(Panel(Group(*parts), title=title, title_align="left", padding=(1, 2)))


def _caution(caution: Caution) -> RenderableType:
    said = caution.citation
    return Text.assemble(
        ("Caution: ", "bold yellow"), caution.text, (f" ({said.title}; {TIER_NAMES[said.tier]})", "dim")
    )


def _sources(citations: tuple[Citation, ...]) -> RenderableType:
    table = Table.grid("", Column(overflow="fold"), padding=(0, 1))
    for citation in citations:
        place = Text(citation.title)
        if citation.section:
            place.append(f"\n{citation.section}", style="dim")
        place.append(f"\n{TIER_NAMES[citation.tier]}", style="dim")
        if citation.tier is not Tier.ARTICLE:
            place.append(f" · {citation.link}\nread of it: {citation.coverage}", style="dim")
        place.append(f"\n{citation.source_id}, characters {citation.start}–{citation.end}", style="dim")
        table.add_row(Text(f"[{citation.n}]", style="bold cyan"), place)
    return table
