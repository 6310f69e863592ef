"""The staff's window as a Gradio app: its tabs, and how it is served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI, Request

from bot.web import console_ask, console_corpus, console_evaluate, console_gaps
from bot.web.console_theme import theme
from bot.web.errors import log_error

if TYPE_CHECKING:
    from bot.web.console import Workplace

FAILED = "Something went wrong on our side. Please try again; whoever runs the server finds the reason in its log."
_FILES_KEPT_S = 3600
TABS = {
    "Ask": console_ask.build,
    "Evaluate": console_evaluate.build,
    "Gaps": console_gaps.build,
    "Corpus": console_corpus.build,
}


class Window(gr.Blocks):
    """Blocks whose failures are logged by type and place; Gradio would print them whole, with what was typed."""

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Calls what an event calls."""
        try:
            return await super().process_api(*args, **kwargs)
        except gr.Error as error:  # words for staff
            error.print_exception = False
            raise
        except Exception as error:  # noqa: BLE001 (a bug)
            log_error("the staff's window", error)
            raise gr.Error(FAILED, print_exception=False) from None


def make(workplace: Workplace, path: str, who: Callable[[Request], str | None]) -> FastAPI:
    """An application with the window at a path.

    Args:
        workplace: What the tabs work with.
        path: Where it is mounted.
        who: Whom a request is from; None is refused.
    """
    clinic = workplace.settings.clinic
    with (
        Window(
            title=f"{clinic.name} · staff",
            analytics_enabled=False,
            fill_width=True,
            delete_cache=(_FILES_KEPT_S, _FILES_KEPT_S),
        ) as blocks,
        gr.Tabs(elem_id="staff-tabs"),
    ):
        for name, build in TABS.items():
            with gr.Tab(name, id=name.lower()) as tab:
                build(workplace, tab)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    gr.mount_gradio_app(
        app,
        blocks,
        path,
        theme=theme(clinic.color),
        auth_dependency=who,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        show_error=False,
        enable_monitoring=False,
    )
    return app
