"""The demo clinic's page: the article to the letter, sections that can be linked to, nothing that a policy forbids."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import serving

from bot.settings import Settings
from bot.web.app import create_app
from corpus.load import PACKAGED_CORPUS, load


@pytest.fixture(scope="module")
def web(settings: Settings) -> Iterator[httpx.Client]:
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_the_page_has_every_sentence_of_the_article_and_an_id_for_each_heading(web: httpx.Client) -> None:
    html = web.get("/").text
    words = re.sub(r"<[^>]+>", " ", html).replace("&quot;", '"').replace("&amp;", "&")
    article = load(PACKAGED_CORPUS / "article.md")
    missing = [
        text
        for b in article.blocks
        if " ".join((text := article.text[b.start : b.end]).split()) not in " ".join(words.split())
    ]
    assert missing == []
    headings = re.findall(r'<h([23]) id="([a-z0-9-]+)">', html)
    assert len(headings) == 17
    assert len({name for _, name in headings}) == 17
    assert ("3", "the-basic-mechanism-cells-that-signal-repair") in headings
    for name in re.findall(r'href="#([^"]+)"', html):
        assert f'id="{name}"' in html


def test_the_page_has_no_inline_style_or_script_and_asks_only_this_server(web: httpx.Client) -> None:
    html = web.get("/").text
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    addresses = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', html)
    assert "/widget.js" in addresses
    for address in addresses:
        assert address.startswith("/")
        assert web.get(address).status_code == 200


def test_the_files_come_packed_and_are_not_sent_again_while_they_are_the_same(web: httpx.Client) -> None:
    packed = web.get("/widget.js")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    with web.stream("GET", "/widget.js", headers={"accept-encoding": "identity"}) as plain:
        assert "content-encoding" not in plain.headers
        body = b"".join(plain.iter_raw())
    assert body == packed.content
    assert int(packed.headers["content-length"]) == len(gzip.compress(body, 9, mtime=0))
    again = web.get("/widget.js", headers={"if-none-match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_article_that_changed_is_read_anew_and_its_markup_stays_text(settings: Settings, tmp_path: Path) -> None:
    article = tmp_path / "corpus" / "article.md"
    shutil.copytree(PACKAGED_CORPUS / "sources", article.parent)
    front = "---\nid: article\ntier: article\ntitle: Knees <b>&</b> more\n---\n\n"
    article.write_text(
        f"{front}## First part\n\nText <script>alert(1)</script> here.\n<!-- a remark -->\n", encoding="utf-8"
    )
    with serving(create_app(settings.model_copy(update={"corpus": article.parent}))) as url:
        first = httpx.get(url).text
        article.write_text(f"{front}## Second part\n\nOther words.\n", encoding="utf-8")
        second = httpx.get(url).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in first
    assert "a remark" not in first
    assert "<title>Knees &lt;b&gt;&amp;&lt;/b&gt; more</title>" in first
    assert 'id="second-part"' in second
    assert "First part" not in second


def test_documents_without_an_article_of_the_clinic_have_a_page_all_the_same(settings: Settings) -> None:
    with serving(create_app(settings.model_copy(update={"corpus": PACKAGED_CORPUS / "sources"}))) as url:
        html = httpx.get(url).text
    assert "This clinic has not put up an article yet." in html
    assert "/widget.js" in html
