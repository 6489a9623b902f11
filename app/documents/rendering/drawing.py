"""Draw the pages of one file. Runs in the confined child: only pypdfium2, Pillow and the standard library."""

import io
import math
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw
from PIL import Image, ImageOps

from app.documents.rendering.limits import Limits
from app.documents.rendering.media_types import PDF, media_type
from app.documents.rendering.pages import Page

# The header is checked against our own limit; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None
POINTS_PER_INCH, HIGHEST_RESOLUTION = 72, 600
WHITE = (255, 255, 255)


class Undrawable(Exception):
    """Raised when a file cannot be drawn; `code` says why (see findings.py)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def draw(content: bytes, limits: Limits) -> Iterator[Page | str]:
    """Yield the pages in order, and codes of findings between them.

    Raises Undrawable, MemoryError, and whatever the libraries make of a broken file.
    """
    if media_type(content) == PDF:
        yield from _draw_pdf(content, limits)
    else:
        yield _draw_image(content, limits)


def _draw_pdf(content: bytes, limits: Limits) -> Iterator[Page | str]:
    with _opened_pdf(content) as document:
        count = len(document)
        if count == 0:
            raise Undrawable("broken")
        # Without this, what was typed into a form's fields would be missing from the pictures.
        document.init_forms()
        for number in range(min(count, limits.pages)):
            try:
                yield _draw_pdf_page(document[number], limits)
            except (pypdfium2.PdfiumError, ValueError):
                yield "page_broken"
        if count > limits.pages:
            yield "too_many_pages"


def _opened_pdf(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        raise Undrawable("password_protected" if locked else "broken") from None


def _draw_pdf_page(page: pypdfium2.PdfPage, limits: Limits) -> Page:
    try:
        longest = max(*page.get_size(), 1.0)
        if not math.isfinite(longest):
            raise ValueError("a page without a size")
        scale = min(limits.full_side / longest, HIGHEST_RESOLUTION / POINTS_PER_INCH)
        image: Image.Image = page.render(scale=scale).to_pil()
        return _page(image, limits)
    finally:
        page.close()


def _draw_image(content: bytes, limits: Limits) -> Page:
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
        if image.width * image.height > limits.pixels:
            raise Undrawable("too_many_pixels")
        return _page(image, limits)


def _page(image: Image.Image, limits: Limits) -> Page:
    """Shrink before turning and flattening, so that only one large picture is in memory."""
    image = _smooth(image)
    image.thumbnail((limits.full_side, limits.full_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _flat(_upright(image))
    full, (width, height) = _jpeg(image, limits), image.size
    image.thumbnail(
        (limits.thumbnail_side, limits.thumbnail_side), Image.Resampling.LANCZOS, reducing_gap=3.0
    )
    return Page(full, _jpeg(image, limits), width, height)


def _smooth(image: Image.Image) -> Image.Image:
    """A mode that shrinks without steps: palettes and 16-bit greys cannot be averaged as they are."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("L") if image.mode == "1" else image


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation that a camera recorded; an unreadable record is no reason to refuse the picture."""
    try:
        return ImageOps.exif_transpose(image)
    except (ValueError, TypeError, KeyError, SyntaxError, OSError, ArithmeticError, IndexError):
        return image


def _flat(image: Image.Image) -> Image.Image:
    """The bare pixels in RGB over white, without the comments, profiles and records that Pillow would pass on."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        flat = Image.new("RGB", image.size, WHITE)
        flat.paste(layer, mask=layer)
    else:
        flat = image.convert("RGB")
    flat.info = {}
    return flat


def _jpeg(image: Image.Image, limits: Limits) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=limits.quality)
    return target.getvalue()
