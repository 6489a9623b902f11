"""What one file may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file and sizes of what comes out.

    `seconds` is wall clock, `cpu_seconds` processor time of one file, `memory_bytes` the child's whole address
    space; `pixels` is what an image file may declare, `full_side` and `thumbnail_side` are the longest sides of
    the page images in pixels, `quality` is JPEG's.
    """

    content_bytes: int = 40 * 1024 * 1024
    pages: int = 40
    pixels: int = 60_000_000
    seconds: float = 20.0
    cpu_seconds: int = 20
    memory_bytes: int = 1024 * 1024 * 1024
    full_side: int = 2000
    thumbnail_side: int = 240
    quality: int = 85
