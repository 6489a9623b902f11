"""The page renderer on real files, hostile files, and against the machine it runs on."""

import io
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw, PngImagePlugin
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from app.documents.rendering import frames
from app.documents.rendering.findings import ENGLISH, Finding, finding, sentence
from app.documents.rendering.limits import Limits
from app.documents.rendering.renderer import Renderer, Rendering

ROOT = Path(__file__).resolve().parents[2]
RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer() as shared:
        yield shared


def picture(width: int = 900, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Red left half, blue right half."""
    image = Image.new("RGB", (width, height), RED)
    ImageDraw.Draw(image).rectangle((width // 2, 0, width, height), fill=BLUE)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def letter(pages: int = 1, text: str = "Employment letter") -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for number in range(pages):
        canvas.setFont("Helvetica", 40)
        canvas.drawString(60, 700, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


def codes(rendering: Rendering) -> list[str]:
    return [found.code for found in rendering.findings]


def assert_serves(renderer: Renderer) -> None:
    assert len(renderer.render(encoded(picture(), "PNG")).pages) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_becomes_one_page(renderer: Renderer, kind: str) -> None:
    rendering = renderer.render(encoded(picture(3000, 2000), kind))
    assert rendering.media_type == f"image/{kind.lower()}" and rendering.findings == []
    (page,) = rendering.pages
    full, thumbnail = opened(page.full), opened(page.thumbnail)
    assert (full.size, thumbnail.size) == ((2000, 1333), (240, 160))
    assert (page.width, page.height) == full.size and full.format == thumbnail.format == "JPEG"
    assert near(full.getpixel((300, 600)), RED) and near(full.getpixel((1700, 600)), BLUE)


def test_a_small_picture_is_not_blown_up(renderer: Renderer) -> None:
    (page,) = renderer.render(encoded(picture(120, 80), "PNG")).pages
    assert opened(page.full).size == opened(page.thumbnail).size == (120, 80)


def test_a_pdf_becomes_its_pages(renderer: Renderer) -> None:
    rendering = renderer.render(letter(3))
    assert rendering.media_type == "application/pdf" and rendering.findings == []
    assert len(rendering.pages) == 3
    for page in rendering.pages:
        assert max(opened(page.full).size) == 2000 and max(opened(page.thumbnail).size) == 240
        assert opened(page.full).convert("L").getextrema()[0] < 50, "the text is drawn"


def test_text_in_a_font_that_is_not_in_the_file_is_no_failure(renderer: Renderer) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.setFont("STSong-Light", 40)
    canvas.drawString(60, 700, "护照 passport")
    canvas.save()
    rendering = renderer.render(target.getvalue())
    assert len(rendering.pages) == 1 and rendering.findings == []


def test_what_was_typed_into_a_form_is_seen(renderer: Renderer) -> None:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(300, 300))
    canvas.acroForm.textfield(value="MMMMMMMM", x=20, y=100, width=250, height=60, fontSize=40, borderWidth=0)
    canvas.showPage()
    canvas.save()
    with pikepdf.open(target) as document:
        # Many forms leave drawing what was typed to the reader.
        del document.pages[0].Annots[0].AP
        filled = io.BytesIO()
        document.save(filled)
    (page,) = renderer.render(filled.getvalue()).pages
    assert opened(page.full).convert("L").getextrema()[0] < 80


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_orientation_is_applied(renderer: Renderer, kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (page,) = renderer.render(encoded(picture(), kind, exif=exif)).pages
    full = opened(page.full)
    left, top = full.getpixel((20, full.height - 20)), full.getpixel((full.width - 20, 20))
    assert full.size == ((900, 600) if orientation < 5 else (600, 900))
    first, last = {1: (RED, BLUE), 2: (BLUE, RED), 3: (BLUE, RED), 4: (RED, BLUE), 5: (BLUE, RED),
                   6: (BLUE, RED), 7: (RED, BLUE), 8: (RED, BLUE)}[orientation]  # fmt: skip
    assert near(left, first) and near(top, last)


def test_an_unreadable_orientation_is_no_reason_to_refuse(renderer: Renderer) -> None:
    assert len(renderer.render(encoded(picture(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).pages) == 1


def test_nothing_but_pixels_comes_out(renderer: Renderer) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "S"
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "SECRET text")
    jpeg = encoded(
        picture(), "JPEG", exif=exif, comment=b"SECRET comment", icc_profile=b"SECRET" * 50, dpi=(300, 300)
    )
    png = encoded(picture(), "PNG", exif=exif, pnginfo=notes)
    for content in (jpeg + b"SECRET trailer", png + b"SECRET trailer"):
        assert content.count(b"SECRET") > 1
        (page,) = renderer.render(content).pages
        for image in (page.full, page.thumbnail):
            assert b"SECRET" not in image and b"Exif" not in image
            assert set(opened(image).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_is_drawn(renderer: Renderer, mode: str) -> None:
    image = Image.new("I;16", (500, 300), 0x8000) if mode == "I;16" else picture(500, 300, mode)
    (page,) = renderer.render(encoded(image, "PNG")).pages
    full = opened(page.full)
    assert full.mode == "RGB" and full.size == (500, 300)
    if mode == "I;16":
        assert near(full.getpixel((10, 10)), (128, 128, 128))


def test_transparency_is_shown_on_white(renderer: Renderer) -> None:
    for image in (Image.new("RGBA", (90, 90), (0, 0, 0, 0)), Image.new("LA", (90, 90), (0, 0))):
        assert near(opened(renderer.render(encoded(image, "PNG")).pages[0].full).getpixel((45, 45)), WHITE)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_jpeg_modes_are_drawn(renderer: Renderer, mode: str) -> None:
    full = opened(renderer.render(encoded(picture(900, 600, mode), "JPEG")).pages[0].full)
    assert full.mode == "RGB" and (mode == "L" or near(full.getpixel((100, 100)), RED))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that declares, and partly has, a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(20_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_bomb_is_refused_before_it_is_unpacked(renderer: Renderer) -> None:
    renderer.measures()
    start = time.monotonic()
    rendering = renderer.render(bomb(50_000, 50_000))
    assert codes(rendering) == ["too_many_pixels"] and rendering.pages == []
    assert time.monotonic() - start < 5


def test_the_largest_picture_that_is_allowed_fits_into_the_memory_limit(renderer: Renderer) -> None:
    for mode in ("RGBA", "P"):
        content = encoded(Image.new(mode, (7700, 7700)), "PNG", compress_level=1)
        rendering = renderer.render(content)
        assert codes(rendering) == [] and len(rendering.pages) == 1


def test_a_protected_pdf_is_said_to_be_protected(renderer: Renderer) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(letter())) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="owner", user="secret"))
    rendering = renderer.render(target.getvalue())
    assert codes(rendering) == ["password_protected"] and rendering.pages == []


def test_a_pdf_that_only_forbids_printing_is_drawn(renderer: Renderer) -> None:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(letter())) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="owner", user=""))
    assert len(renderer.render(target.getvalue()).pages) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a document", "unsupported"),
        (b"GIF89a", "unsupported"),
        (b"%PDF-1.7\nnothing else", "broken"),
        (b"\xff\xd8\xff", "broken"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"%!PS\n%PDF-", "broken"),
    ],
)
def test_what_is_no_document_gets_a_finding(renderer: Renderer, content: bytes, code: str) -> None:
    assert codes(renderer.render(content)) == [code]


def test_a_file_that_is_too_big_is_not_even_tried() -> None:
    with Renderer(Limits(content_bytes=1000)) as small:
        assert codes(small.render(letter())) == ["too_big"]


def test_cut_files_are_findings_or_pages_and_never_exceptions(renderer: Renderer) -> None:
    noise = Image.frombytes("RGB", (120, 90), random.Random(7).randbytes(120 * 90 * 3))
    for content in (encoded(noise, "JPEG", quality=95), encoded(noise, "PNG"), letter(8)):
        for length in range(1, len(content), 1024):
            rendering = renderer.render(content[:length])
            assert rendering.pages or rendering.findings
            assert "crashed" not in codes(rendering)
    assert_serves(renderer)


def test_altered_files_are_findings_or_pages_and_never_exceptions(renderer: Renderer) -> None:
    chance = random.Random(11)
    for content in (encoded(picture(200, 100), "JPEG"), encoded(picture(200, 100), "PNG"), letter(2)):
        for _ in range(40):
            altered = bytearray(content)
            for position in chance.sample(range(16, len(content)), 6):
                altered[position] = chance.randrange(256)
            rendering = renderer.render(bytes(altered))
            assert rendering.pages or rendering.findings
    assert_serves(renderer)


def test_of_ten_thousand_pages_the_first_forty_are_drawn(renderer: Renderer) -> None:
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(10_000):
            document.add_blank_page(page_size=(100, 100))
        document.save(target)
    rendering = renderer.render(target.getvalue())
    assert len(rendering.pages) == 40 and codes(rendering) == ["too_many_pages"]


def endless() -> bytes:
    """A PDF whose forms draw each other: ten to the twelfth strokes from two kilobytes."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(300, 300))
        inner = document.make_stream(b"0 0 m 100 100 l S " * 10)
        for _ in range(11):
            inner.Type, inner.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
            inner.BBox = pikepdf.Array([0, 0, 300, 300])
            outer = document.make_stream(b"/F Do " * 10)
            outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=inner))
            inner = outer
        page = document.pages[0]
        page.Contents, page.Resources = inner, inner.Resources
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()


@pytest.mark.parametrize(
    "limits", [Limits(seconds=1.5), Limits(seconds=30, cpu_seconds=1)], ids=["wall clock", "processor"]
)
def test_a_file_that_never_ends_is_ended_and_the_next_one_is_drawn(limits: Limits) -> None:
    with Renderer(limits) as strict:
        first = strict.measures() and strict._worker
        start = time.monotonic()
        rendering = strict.render(endless())
        assert codes(rendering) == ["timeout"] and time.monotonic() - start < 12
        assert first and first._process.returncode in (-signal.SIGKILL, -signal.SIGXCPU)
        assert_serves(strict)
        assert strict._worker and strict._worker is not first


def test_a_file_that_needs_too_much_memory_is_ended_and_the_next_one_is_drawn() -> None:
    with Renderer(Limits(memory_bytes=400 * 1024 * 1024, pixels=400_000_000)) as strict:
        rendering = strict.render(bomb(15_000, 12_000))
        assert codes(rendering) == ["memory"] and rendering.pages == []
        assert_serves(strict)


def test_a_child_that_died_between_two_files_is_replaced_unnoticed(renderer: Renderer) -> None:
    renderer.measures()
    assert renderer._worker
    os.kill(renderer._worker.pid, signal.SIGKILL)
    renderer._worker._process.wait()
    assert_serves(renderer)


def test_a_child_that_dies_over_a_file_is_a_finding_and_is_replaced(renderer: Renderer) -> None:
    renderer.measures()
    assert renderer._worker
    killer = threading.Timer(0.7, os.kill, (renderer._worker.pid, signal.SIGKILL))
    killer.start()
    assert codes(renderer.render(endless())) == ["crashed"]
    killer.join()
    assert_serves(renderer)


@pytest.mark.parametrize(
    "said",
    [
        frames.packed(b"no json"),
        frames.packed(b"[]\n"),
        frames.answer({"kind": "page", "width": 1, "height": 1}, b"<script>", b"\xff\xd8\xff"),
        frames.answer({"kind": "page", "width": "x", "height": 1}, b"\xff\xd8\xff", b"\xff\xd8\xff"),
        frames.answer({"kind": "finding", "code": "<b>"}),
        frames.answer({"kind": "finding", "code": "broken"}) * 100,
        frames.LENGTH.pack(2**32 - 1),
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(said: bytes) -> None:
    with Renderer() as wary:
        wary.measures()
        worker = wary._worker
        assert worker
        reading, writing = os.pipe()
        os.write(writing, said)
        os.dup2(reading, worker._output)
        rendering = wary.render(letter())
        os.close(writing)
        os.close(reading)
        assert rendering.pages == [] and "crashed" in codes(rendering)
        assert worker._process.poll() is not None


def test_threads_share_one_renderer(renderer: Renderer) -> None:
    outcomes: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: outcomes.append(len(renderer.render(letter(n)).pages) - n))
        for n in range(1, 6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [0] * 5


def test_closing_ends_the_child() -> None:
    with Renderer() as passing:
        passing.measures()
        assert passing._worker
        pid = passing._worker.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_child_ends_when_its_parent_is_killed() -> None:
    script = (
        "import time\nfrom app.documents.rendering.renderer import Renderer\n"
        "r = Renderer(); r.measures(); print(r._worker.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and "Z" not in _state(pid):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.05)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return "Z"


def test_the_child_knows_nothing_of_the_product(renderer: Renderer) -> None:
    renderer.measures()
    assert renderer._worker
    status = Path(f"/proc/{renderer._worker.pid}")
    mapped = (status / "maps").read_text()
    assert "pdfium" in mapped and "psycopg" not in mapped and "libpq" not in mapped
    lines = dict(re.findall(r"^(\w+):\s+(.*)$", (status / "status").read_text(), re.MULTILINE))
    assert lines["Seccomp"] == "2" and lines["NoNewPrivs"] == "1" and int(lines["CapEff"], 16) == 0
    assert (status / "environ").read_bytes() == b""
    assert all("/dev/null" in (t := os.readlink(f)) or "pipe:" in t for f in (status / "fd").iterdir())


PROBE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
import runpy
runpy.run_path(sys.argv[1] + "/app/documents/rendering/child.py")["stand_in_packages"](
    __import__("pathlib").Path(sys.argv[1]) / "app")
import ctypes, mmap, signal, socket, threading
from app.documents.rendering.confinement import confine
assert not {"flask", "sqlalchemy"} & set(sys.modules)
libc = ctypes.CDLL(None, use_errno=True)
target = sys.argv[2]
parent = os.getppid()

def raw(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")

attempts = {
    "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX),
    "socket pair": socket.socketpair,
    "new file": lambda: open(target + "/new", "wb"),
    "change file": lambda: open(target + "/there", "r+b"),
    "read file": lambda: open(target + "/there", "rb"),
    "remove file": lambda: os.unlink(target + "/there"),
    "rename file": lambda: os.rename(target + "/there", target + "/then"),
    "new folder": lambda: os.mkdir(target + "/folder"),
    "link": lambda: os.symlink("/etc/passwd", target + "/link"),
    "mode": lambda: os.chmod(target + "/there", 0o777),
    "fork": os.fork,
    "thread": lambda: threading.Thread(target=print).start(),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "memory file": lambda: os.memfd_create("x"),
    "kill parent": lambda: os.kill(parent, 0),
    "io_uring": lambda: raw(425, 8, ctypes.create_string_buffer(256)),
    "openat2": lambda: raw(437, -100, target.encode(), ctypes.create_string_buffer(24), 24),
    "namespace": lambda: raw({"x86_64": 272, "aarch64": 97}[os.uname().machine], 0x10000000),
    "second numbering": lambda: raw(0x40000000 + 41, 2, 1, 0),
    "memory": lambda: bytearray(2 << 30),
}
expected = [] if len(sys.argv) < 4 else confine(1 << 30)
outcome = {}
for name, attempt in attempts.items():
    try:
        attempt()
        outcome[name] = "allowed"
    except (OSError, RuntimeError, MemoryError) as error:
        outcome[name] = type(error).__name__ + str(getattr(error, "errno", None) or "")
sys.stdout.write(json.dumps({"measures": expected, "outcome": outcome}))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("user", [None, 65534], ids=["this user", "nobody"])
def test_a_confined_process_can_do_nothing_but_compute(tmp_path: Path, user: int | None) -> None:
    interpreters = [path for path in (sys.executable, "/usr/bin/python3") if _may_run(path, user)]
    if not interpreters:
        pytest.skip("the other user can run no Python on this machine, or is not ours to become")
    tmp_path.chmod(0o777)
    (tmp_path / "there").write_bytes(b"kept")
    answer = subprocess.run(
        [interpreters[0], "-I", "-B", "-c", PROBE, str(ROOT), str(tmp_path), "confined"],
        capture_output=True, env={}, user=user, cwd="/", timeout=60,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr.decode()
    said = json.loads(answer.stdout)
    assert {name for name, outcome in said["outcome"].items() if outcome == "allowed"} == set()
    assert said["outcome"].pop("memory") == "MemoryError" and said["outcome"].pop("thread") == "RuntimeError"
    # EPERM (1) is the filter's answer; the folder's permissions alone would say EACCES (13).
    assert set(said["outcome"].values()) == {"PermissionError1"}
    assert {"limits", "no_new_privileges", "system_calls", "no_capabilities"} <= set(said["measures"])
    assert (tmp_path / "there").read_bytes() == b"kept" and len(list(tmp_path.iterdir())) == 1


def _may_run(interpreter: str, user: int | None) -> bool:
    """Whether that user can run that Python and read the project with it."""
    reads = f"open({str(ROOT / 'app/documents/rendering/confinement.py')!r})"
    try:
        return subprocess.run([interpreter, "-c", reads], user=user, cwd="/", env={}).returncode == 0
    except OSError:
        return False


def test_every_finding_has_a_sentence_in_the_readers_language() -> None:
    for code, english in ENGLISH.items():
        assert finding(code) == Finding(code, english) and english.endswith(".")
        assert str(sentence(code)) == english
