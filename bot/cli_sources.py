"""faqbot sources: the documents that may be quoted."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Annotated, Any

import typer

from bot.settings import load_settings
from corpus.document import Document

_LEFT_OUT = {"text", "blocks", "topics"}


def sources(as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False) -> None:
    """List the documents that may be quoted: who speaks, what was read of it, when it is to be read again."""
    from corpus.load import load_corpus

    for document in load_corpus(load_settings().corpus):
        print(json.dumps(_known(document), ensure_ascii=False) if as_json else _told(document))


def _known(document: Document) -> dict[str, Any]:
    """What is known about a document, besides its text."""
    known = {field.name: getattr(document, field.name) for field in fields(document) if field.name not in _LEFT_OUT}
    return known | {"tier": document.tier.value, "review_by": document.review_by and document.review_by.isoformat()}


def _told(document: Document) -> str:
    reviewed = f"Approved by {document.reviewed_by}." if document.reviewed_by else ""
    due = f"To be read again by {document.review_by}." if document.review_by else ""
    details = (document.title, document.link, f"Read of it: {document.coverage}", f"{reviewed} {due}".strip())
    head = ", ".join(filter(None, (document.tier.value, str(document.year or ""))))
    return "\n".join([f"{document.id} ({head})", *(f"  {detail}" for detail in details if detail)])
