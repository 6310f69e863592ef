"""Figures for Prometheus at /metrics: of this process alone, so each server is to be read by itself.

Who may read them is decided by the door of the staff's window. They hold nobody's words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.journal import Journal
from bot.reply import Kind
from bot.settings import Settings
from index.current import current_store
from index.errors import NotReadyError
from index.store import read_manifest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_API = "/api/"

router = APIRouter()


class Metrics:
    """What is counted since the process began, and what state it is in.

    The share of questions without an answer is
    `rate(faqbot_replies_total{kind="no_answer"}[1d]) / sum(rate(faqbot_replies_total[1d]))`.
    """

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self.registry = CollectorRegistry()
        self._replies = Counter("faqbot_replies", "Replies to questions.", ["kind"], registry=self.registry)
        self._failures = Counter("faqbot_failures", "Questions at which the server failed.", registry=self.registry)
        self._seconds = Histogram(
            "faqbot_reply_seconds", "From a question to its reply.", buckets=_SECONDS, registry=self.registry
        )
        self._responses = Counter(
            "faqbot_responses",
            "Responses of the API; 429 and 413 are requests refused by its limits.",
            ["status"],
            registry=self.registry,
        )
        for kind in Kind:
            self._replies.labels(kind)
        for status in (200, 413, 429, 500, 503):
            self._responses.labels(status)
        self.registry.register(_State(settings, journal))

    def replied(self, kind: Kind, seconds: float) -> None:
        """Counts a reply and how long it took."""
        self._replies.labels(kind).inc()
        self._seconds.observe(seconds)

    def failed(self) -> None:
        """Counts a question that got no reply."""
        self._failures.inc()

    def responded(self, status: int) -> None:
        """Counts a response of the API."""
        self._responses.labels(status).inc()


class _State:
    """Figures that are read when they are asked for."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal

    def collect(self) -> Iterator[Metric]:
        """The journal's state, and that of the index where there is one."""
        yield CounterMetricFamily("faqbot_journal_lost", "Entries that could not be kept.", value=self._journal.lost)
        yield GaugeMetricFamily("faqbot_journal_waiting", "Entries not yet written.", value=self._journal.waiting)
        try:
            manifest = read_manifest(current_store(self._settings.state))
        except NotReadyError:
            return
        age = datetime.now(UTC) - datetime.fromisoformat(manifest.built_at)
        yield GaugeMetricFamily("faqbot_index_age_seconds", "Since the index was built.", value=age.total_seconds())
        yield GaugeMetricFamily("faqbot_index_passages", "Passages in the index.", value=manifest.passages)


class CountsResponses:
    """Counts the responses of the API by their status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Calls the app within."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.responded(message["status"])
            await send(message)

        is_api = scope["type"] == "http" and scope["path"].startswith(_API)
        await self.app(scope, receive, counted if is_api else send)


@router.get("/metrics", include_in_schema=False)
def figures(request: Request) -> Response:
    """The figures, in the format that the reader asks for."""
    metrics: Metrics = request.app.state.metrics
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(metrics.registry), media_type=content_type, headers={"Cache-Control": "no-store"})
