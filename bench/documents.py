"""Pages a second through the confined renderer, against pypdfium2 and Pillow alone in this process.

Both draw the same files to the same sizes in turns; the ratio is confined / alone, so 1.0 would mean that the
confinement costs nothing. Run with `python -m bench.documents`.
"""

import io
import json
import random
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import pypdfium2
from PIL import Image, ImageOps
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.documents.rendering.limits import Limits
from app.documents.rendering.renderer import Renderer

ROUNDS = 7
LIMITS = Limits()
A4 = (595, 842)


def main() -> None:
    """Measure and print one line of JSON."""
    files = {
        "photograph": photograph(),
        "scan": scan(),
        "letter": letter(),
        "scanned letter": scanned_letter(),
    }
    figures: dict[str, object] = {}
    alone, confined = [], []
    with Renderer(LIMITS) as renderer:
        for name, content in files.items():
            pages = [len(renderer.render(content).pages), draw_alone(content)]
            assert pages[0] == pages[1] > 0, f"{name}: the two sides draw different pages"
            times = measured(partial(renderer.render, content), partial(draw_alone, content))
            confined.append(times[0] / pages[0])
            alone.append(times[1] / pages[0])
            figures[name] = {"pages": pages[0], "confined": rate(confined[-1]), "alone": rate(alone[-1])}
    figures["pages_per_second"] = {"confined": rate(sum(confined) / 4), "alone": rate(sum(alone) / 4)}
    ratio = round(sum(alone) / sum(confined), 3)
    print(json.dumps({"name": "documents", "figures": figures, "ratio": ratio}))


def measured(*sides: Callable[[], object]) -> list[float]:
    """The median seconds of each side, taken in turns so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, taken in zip(sides, times, strict=True):
            start = time.perf_counter()
            side()
            taken.append(time.perf_counter() - start)
    return [median(taken) for taken in times]


def rate(seconds: float) -> float:
    """Pages a second from seconds a page."""
    return round(1 / seconds, 2)


def draw_alone(content: bytes) -> int:
    """What a script without any confinement would do; the number of pages drawn."""
    if not content.startswith(b"%PDF"):
        save(Image.open(io.BytesIO(content)))
        return 1
    with pypdfium2.PdfDocument(content) as document:
        for page in document:
            save(page.render(scale=LIMITS.full_side / max(page.get_size())).to_pil())
        return len(document)


def save(image: Image.Image) -> None:
    """Both JPEGs of one page."""
    image.thumbnail((LIMITS.full_side, LIMITS.full_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = ImageOps.exif_transpose(image).convert("RGB")
    image.save(io.BytesIO(), "JPEG", quality=LIMITS.quality)
    image.thumbnail((LIMITS.thumbnail_side,) * 2, Image.Resampling.LANCZOS, reducing_gap=3.0)
    image.save(io.BytesIO(), "JPEG", quality=LIMITS.quality)


def grainy(width: int, height: int) -> Image.Image:
    """A picture with as much detail as a camera's, the same in every run."""
    small = Image.frombytes(
        "RGB", (width // 8, height // 8), random.Random(3).randbytes(width // 8 * (height // 8) * 3)
    )
    return small.resize((width, height), Image.Resampling.BICUBIC)


def photograph() -> bytes:
    """Twelve megapixels, as a telephone takes them."""
    target = io.BytesIO()
    grainy(4032, 3024).save(target, "JPEG", quality=90)
    return target.getvalue()


def scan() -> bytes:
    """An A4 page at 200 dots an inch."""
    target = io.BytesIO()
    grainy(1656, 2336).save(target, "PNG", compress_level=3)
    return target.getvalue()


def letter() -> bytes:
    """Five pages of text."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for _ in range(5):
        for line in range(50):
            canvas.drawString(
                60, 800 - 15 * line, f"Line {line} of a letter that confirms an employment." * 2
            )
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def scanned_letter() -> bytes:
    """Two pages that are one photograph each."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for _ in range(2):
        canvas.drawImage(ImageReader(grainy(1656, 2336)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


if __name__ == "__main__":
    main()
