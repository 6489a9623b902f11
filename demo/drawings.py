"""The documents of invented people, drawn by code: no photograph, no real form, `SPECIMEN` across each."""

from __future__ import annotations

import io
import random
from datetime import date

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4, A5, landscape
from reportlab.pdfgen.canvas import Canvas

from demo.mrz import passport_lines
from demo.person import Person

INK, PAPER, FAINT = "#1d2b3a", "#f4efe2", "#b8ad94"


def passport(person: Person) -> bytes:
    """The data page of a passport of Utopia, as a JPEG of 1250×880 pixels."""
    picture = Image.new("RGB", (1250, 880), "#e6ecf2")
    draw = ImageDraw.Draw(picture)
    for step in range(0, 1250, 26):
        draw.arc((step - 300, -200, step + 500, 1000), 0, 360, fill="#d6dfe8")
    draw.text((60, 36), "UTOPIA", font=_font(46), fill=INK)
    draw.text((1190, 44), "PASSPORT · PASSEPORT", font=_font(28), fill=INK, anchor="ra")
    picture.paste(_portrait(person, (330, 430)), (60, 130))
    _fields(draw, (440, 130), _passport_fields(person))
    draw.text((815, 610), "SPECIMEN", font=_font(64), fill="#c3ccd6", anchor="mm")
    _machine_zone(draw, passport_lines(person))
    return _jpeg(picture)


def _passport_fields(person: Person) -> list[tuple[str, str]]:
    return [
        ("Passport No.", person.passport_number),
        ("Surname", person.surname),
        ("Given names", person.given_names or "-"),
        ("Nationality", "UTOPIAN"),
        ("Date of birth", _long(person.born)),
        ("Sex", person.sex),
        ("Date of expiry", _long(person.passport_expires)),
    ]


def kitas(person: Person) -> bytes:
    """An electronic limited stay permit as a one-page PDF (A5 landscape)."""
    width, height = landscape(A5)
    stream, canvas = _canvas((width, height))
    canvas.setFillColor("#0b5d57")
    canvas.rect(0, height - 62, width, 62, stroke=0, fill=1)
    canvas.setFillColor("#ffffff")
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(28, height - 30, "ELECTRONIC LIMITED STAY PERMIT (ITAS)")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(28, height - 48, "Izin Tinggal Terbatas Elektronik · SPECIMEN · invented")
    rows = [
        ("Permit number", person.kitas_number),
        ("Full name", person.printed_name),
        ("Passport number", person.passport_number),
        ("Nationality", "UTOPIAN"),
        ("Date of birth", _long(person.born)),
        ("Permit valid until", _long(person.kitas_expires)),
        ("Guarantor", person.employer),
    ]
    _rows(canvas, 190, height - 96, rows)
    portrait = io.BytesIO(_jpeg(_portrait(person, (240, 310))))
    _place_picture(canvas, portrait, (28, height - 240, 120, 155))
    return _finish(stream, canvas)


def hr_letter(person: Person) -> bytes:
    """A letter of the employer's Human Resources Department as a one-page PDF (A4)."""
    stream, canvas = _canvas(A4)
    width, height = A4
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(64, height - 80, person.employer)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(64, height - 96, "Jalan Rekaan 7, Jakarta · Human Resources Department")
    canvas.line(64, height - 106, width - 64, height - 106)
    text = canvas.beginText(64, height - 150)
    text.setFont("Helvetica", 11)
    text.setLeading(18)
    text.textLines(
        "To Xignature\n\nStatement of employment\n\n"
        f"We confirm that {person.printed_name}, holder of the Utopian passport {person.passport_number},\n"
        f"is an employee of {person.employer} as an Engineer, and will sign documents\nfor the company.\n\n"
        "This letter is an invented specimen.\n\nYours faithfully,\n\n\n\nHead of Human Resources"
    )
    canvas.drawText(text)
    canvas.setStrokeColor("#27408b")
    canvas.bezier(66, height - 392, 110, height - 340, 120, height - 430, 190, height - 372)
    return _finish(stream, canvas)


def selfie(person: Person) -> bytes:
    """A face made of shapes, as a JPEG of 900×1200 pixels."""
    return _jpeg(_portrait(person, (900, 1200)))


def _portrait(person: Person, size: tuple[int, int]) -> Image.Image:
    """The same invented face in every document of one person."""
    dice = random.Random(person.passport_number)
    skin = dice.choice(("#f0c9a4", "#d8a47a", "#a8734c", "#f5d7bd"))
    hair = dice.choice(("#2b1d14", "#5a3a22", "#141414", "#8a5a2b"))
    shirt = dice.choice(("#3f6f8f", "#7a4f6d", "#4f7a55", "#8f6a3f"))
    picture = Image.new("RGB", (900, 1200), "#cfd8df")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((120, 880, 780, 1600), fill=shirt)
    draw.rectangle((380, 760, 520, 940), fill=skin)
    draw.ellipse((210, 160, 690, 720), fill=hair)
    draw.ellipse((240, 230, 660, 830), fill=skin)
    draw.pieslice((225, 170, 675, 640), 180, 360, fill=hair)
    for x in (350, 550):
        draw.ellipse((x - 42, 480, x + 42, 530), fill="white")
        draw.ellipse((x - 20, 484, x + 20, 526), fill="#2a2a2a")
        draw.arc((x - 60, 420, x + 60, 500), 200, 340, fill=hair, width=12)
    draw.line((450, 520, 430, 620, 465, 625), fill="#7b5038", width=8)
    draw.arc((360, 620, 540, 730), 20, 160, fill="#8c3b3b", width=12)
    return picture.resize(size, Image.Resampling.LANCZOS)


def _fields(draw: ImageDraw.ImageDraw, start: tuple[int, int], rows: list[tuple[str, str]]) -> None:
    x, y = start
    for label, value in rows:
        draw.text((x, y), label, font=_font(18), fill="#5b6b7b")
        draw.text((x, y + 22), value, font=_font(29), fill=INK)
        y += 68


def _machine_zone(draw: ImageDraw.ImageDraw, lines: tuple[str, str]) -> None:
    draw.rectangle((0, 700, 1250, 880), fill="#fbfbf8")
    for row, line in enumerate(lines):
        for place, character in enumerate(line):
            draw.text(
                (52 + place * 26.5, 745 + row * 66), character, font=_font(34), fill="black", anchor="mm"
            )


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _long(day: date) -> str:
    return f"{day:%d %b %Y}".upper()


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _canvas(size: tuple[float, float]) -> tuple[io.BytesIO, Canvas]:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=size, invariant=True)
    canvas.setTitle("Specimen")
    return stream, canvas


def _rows(canvas: Canvas, x: float, y: float, rows: list[tuple[str, str]]) -> None:
    for label, value in rows:
        canvas.setFillColor("#5b6b7b")
        canvas.setFont("Helvetica", 9)
        canvas.drawString(x, y, label)
        canvas.setFillColor(INK)
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(x, y - 14, value)
        y -= 36


def _place_picture(canvas: Canvas, jpeg: io.BytesIO, box: tuple[float, float, float, float]) -> None:
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(jpeg), *box)


def _finish(stream: io.BytesIO, canvas: Canvas) -> bytes:
    canvas.showPage()
    canvas.save()
    return stream.getvalue()
