"""The look of the staff's window: the clinic's colour, the fonts that are there."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils.colors import Color

FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "monospace")
_TINTS = (0.95, 0.88, 0.75, 0.58, 0.35, 0.0, -0.12, -0.26, -0.4, -0.52, -0.66)
"""How far each of a hue's eleven shades is from the clinic's colour to white (1) or black (-1)."""


def theme(color: str) -> gr.themes.Base:
    """A theme around a colour, as "#rrggbb"."""
    shades = [_mixed(color, tint) for tint in _TINTS]
    hue = Color(*shades)
    made = gr.themes.Base(
        primary_hue=hue,
        secondary_hue=hue,
        neutral_hue=gr.themes.colors.slate,
        spacing_size=gr.themes.sizes.spacing_md,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
        font=FONTS,
        font_mono=_MONO,
    )
    return made.set(
        body_background_fill="#f5f7f8",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_title_text_color="*neutral_700",
        block_title_text_color_dark="*neutral_200",
        block_border_width="1px",
        block_shadow="none",
        block_radius="12px",
        block_label_background_fill="transparent",
        block_title_text_weight="600",
        button_primary_background_fill="var(--clinic)",
        button_primary_background_fill_hover="color-mix(in srgb, var(--clinic) 86%, black)",
        button_primary_text_color="var(--on-clinic)",
        button_primary_background_fill_dark="var(--clinic)",
        button_primary_background_fill_hover_dark="color-mix(in srgb, var(--clinic) 80%, white)",
        button_primary_text_color_dark="var(--on-clinic)",
        button_large_radius="10px",
        button_medium_radius="10px",
        button_small_radius="8px",
        input_border_width="1px",
        input_radius="10px",
        layout_gap="16px",
    )


def _mixed(color: str, tint: float) -> str:
    channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    end = 255 if tint > 0 else 0
    return "#" + "".join(f"{round(c + (end - c) * abs(tint)):02x}" for c in channels)
