"""What a drawn page is, on both sides of the pipe."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page as two JPEGs without metadata; `width` and `height` are the full image's, in pixels."""

    full: bytes
    thumbnail: bytes
    width: int
    height: int
