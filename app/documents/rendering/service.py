"""What the child does for each file, between reading it from the pipe and the last frame of the answer."""

import io
import resource
import signal
from collections.abc import Iterator

# Pillow loads these two only when a picture needs them; in the confined child it would be too late.
import PIL.MpoImagePlugin
import PIL.TiffImagePlugin  # noqa: F401
import pypdfium2
from PIL import Image

from app.documents.rendering import frames
from app.documents.rendering.drawing import Undrawable, draw
from app.documents.rendering.limits import Limits
from app.documents.rendering.pages import Page

GRACE_SECONDS = 5
"""How much later than the other side's watchdog the child ends itself, should the other side be gone."""
ORIENTATION = 0x0112


def serve(source: int, target: int, limits: Limits) -> None:
    """Answer one file. Raises EOFError when no further file will come, MemoryError when this one was too heavy."""
    (length,) = frames.LENGTH.unpack(frames.read_exactly(source, frames.LENGTH.size))
    content = frames.read_exactly(source, length)
    _arm(limits)
    for drawn in _drawn(content, limits):
        frames.write_all(target, _answer(drawn))
    frames.write_all(target, frames.answer({"kind": "end"}))
    signal.alarm(0)


def warm_up(limits: Limits) -> None:
    """Draw one file of each kind, so that everything is loaded before files can no longer be opened."""
    for content in _specimens():
        for drawn in _drawn(content, limits):
            if not isinstance(drawn, Page):
                raise RuntimeError(f"the renderer cannot draw its own specimen: {drawn}")


def _drawn(content: bytes, limits: Limits) -> Iterator[Page | str]:
    try:
        yield from draw(content, limits)
    except Undrawable as reason:
        yield reason.code
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the decoders raise whatever a hostile file provokes, and all of it means this
        yield "broken"


def _answer(drawn: Page | str) -> bytes:
    if isinstance(drawn, str):
        return frames.answer({"kind": "finding", "code": drawn})
    size = {"kind": "page", "width": drawn.width, "height": drawn.height}
    return frames.answer(size, drawn.full, drawn.thumbnail)


def _arm(limits: Limits) -> None:
    """Processor time counts from the process's start, so each file moves the soft limit on; the kernel kills."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + limits.cpu_seconds, hard))
    signal.alarm(int(limits.seconds) + GRACE_SECONDS)


def _specimens() -> Iterator[bytes]:
    with pypdfium2.PdfDocument.new() as document:
        document.new_page(200, 100).close()
        target = io.BytesIO()
        document.save(target)
        yield target.getvalue()
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    for kind, mode in (("JPEG", "RGB"), ("PNG", "P"), ("PNG", "RGBA")):
        target = io.BytesIO()
        Image.new(mode, (64, 32)).save(target, kind, exif=turned)
        yield target.getvalue()
