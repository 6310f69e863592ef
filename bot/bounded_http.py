"""An HTTP client that takes no more than so much of a reply: a server that never ends must not fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
from openai import DefaultAsyncHttpxClient

MOST_BYTES = 1_000_000
"""Of a reply. One of 2,000 tokens has 30 kB."""


class ReplyTooLongError(RuntimeError):
    """A reply has more than `MOST_BYTES`."""


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise ReplyTooLongError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _bound(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream)


def bounded_client(timeout_s: float) -> httpx2.AsyncClient:
    """OpenAI's own client with that bound.

    Args:
        timeout_s: Seconds that it waits for a connection, and for each piece of a reply.
    """
    client: httpx2.AsyncClient = DefaultAsyncHttpxClient(timeout=timeout_s, event_hooks={"response": [_bound]})
    return client
