"""Chromium pages in the two sizes, and small PNG files of what they show."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

STAFF = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
LARGEST_BYTES = 150_000
# Fewer colours until the file is small enough; screens have few to begin with.
PALETTES = (256, 128, 64, 32, 16)


class Camera:
    """Opens pages in English and writes what they show into one folder."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        folder.mkdir(parents=True, exist_ok=True)

    def open(self, size: dict[str, int]) -> Page:
        """A page in a context of its own, as a person at a device of their own."""
        context = self.browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            locale="en-GB",
            timezone_id="Asia/Jakarta",
            reduced_motion="reduce",
        )
        return context.new_page()

    def take(self, page: Page, name: str) -> None:
        """Write `name`.png: what is in the window now, once its pictures have arrived."""
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        small = _small(page.screenshot(caret="hide", animations="disabled"))
        (self.folder / f"{name}.png").write_bytes(small)
        print(f"  {name:<20}{len(small) / 1000:6.0f} kB", flush=True)


def _small(png: bytes) -> bytes:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in PALETTES:
        output = io.BytesIO()
        picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            output, "PNG", optimize=True
        )
        if output.tell() <= LARGEST_BYTES:
            break
    return output.getvalue()
