"""The pieces that the tabs of the staff's window are made of."""

from __future__ import annotations

from typing import Any

import gradio as gr

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of an event: not in the API's description, and nothing flickers while it runs."""


def block(html: str = "", **options: Any) -> gr.Markdown:
    """A place for HTML of `console_html.show`; Gradio takes out of it what could act.

    Of Gradio's two components for HTML this one needs no 'unsafe-eval' in the page's policy.
    """
    return gr.Markdown(html, latex_delimiters=[], **options)


def picture(html: str = "", **options: Any) -> gr.Markdown:
    """A place for HTML that no patient and no document has a word in: plots, and frames of pages of ours."""
    return gr.Markdown(html, latex_delimiters=[], sanitize_html=False, **options)


def staff_of(request: gr.Request) -> str:
    """Who acts; the sign-in has seen to it that there is somebody."""
    return str(request.username)
