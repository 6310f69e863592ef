"""Measures the chat window in Chromium: its size, what a page asks for it, and how soon a patient can use it.

Run from the repository's root: python tests/measure_widget.py --visits 30
Each visit is one of a new browser profile, with nothing kept from before, to a page that has the window and no more,
on this machine: what a network adds is not in it.
"""

from __future__ import annotations

import argparse
import gzip
from dataclasses import dataclass
from statistics import median, quantiles

from chromium import started
from playwright.sync_api import Browser, Response
from serving import serving

from bot.settings import load_settings
from bot.web.app import create_app
from bot.web.demo import WIDGET

PAGE = '<!doctype html><html lang="en"><title>A page</title><script src="/widget.js" defer></script><h1>A page</h1>'
NOTES_THE_TIME = "addEventListener('faqbot:ready', () => { window.usable = performance.now(); });"
TIMES = """() => {
  const script = performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/widget.js'));
  return [usable - script.startTime, usable - script.responseEnd];
}"""


@dataclass(frozen=True)
class Seen:
    """One visit: sizes in bytes as sent, times in milliseconds."""

    requests: tuple[str, ...]
    script_bytes: int
    config_bytes: int
    from_request_ms: float
    from_loaded_ms: float


def visit(browser: Browser, url: str) -> Seen:
    """A page opened in a new profile, until the window can be used."""
    page = browser.new_context().new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.add_init_script(NOTES_THE_TIME)
    page.route(f"{url}/", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(f"{url}/")
    page.wait_for_function("window.usable")
    page.locator(".launch").click(trial=True)
    from_request, from_loaded = page.evaluate(TIMES)
    of_the_window = {answer.url.removeprefix(url): int(answer.headers["content-length"]) for answer in answers[1:]}
    page.context.close()
    return Seen(
        tuple(of_the_window), of_the_window["/widget.js"], of_the_window["/api/config"], from_request, from_loaded
    )


def main() -> None:
    """Prints the figures of some visits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=30)
    visits: int = parser.parse_args().visits
    with serving(create_app(load_settings(limit_reads=""))) as url, started() as browser:
        seen = [visit(browser, url) for _ in range(visits)]
        version = browser.version
    print(f"Chromium {version}, {visits} visits")
    print(f"script as sent (gzip): {seen[0].script_bytes} bytes; its source: {len(gzip.compress(WIDGET.read_bytes()))}")
    print(f"requests: {', '.join(seen[0].requests)}; the second is {seen[0].config_bytes} bytes")
    print(f"asked for → usable: {_spread([each.from_request_ms for each in seen])}")
    print(f"loaded → usable: {_spread([each.from_loaded_ms for each in seen])}")


def _spread(times_ms: list[float]) -> str:
    return f"p50 {median(times_ms):.0f} ms, p95 {quantiles(times_ms, n=20)[-1]:.0f} ms"


if __name__ == "__main__":
    main()
