"""Quotations and signatures folded, in the languages of those who write; nothing of a letter is lost between the parts."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.conversations.reading import visible_text

INTRODUCTIONS = [
    "On Mon, Mar 2, 2026 at 10:00 AM Xignature <support@xignature.co.id> wrote:",
    "On 02/03/2026 10:00, Xignature wrote:",
    "Pada Sen, 2 Mar 2026 pukul 10.00 Xignature <support@xignature.co.id> menulis:",
    "Pada Isn, 2 Mac 2026 pada 10:00 PG Xignature <support@xignature.co.id> menulis:",
    "Xignature <support@xignature.co.id> 于2026年3月2日周一 10:00写道：",
    "2026年3月2日 10:00，Xignature <support@xignature.co.id> 写道：",
    "Xignature <support@xignature.co.id> 於 2026年3月2日 週一 上午10:00寫道：",
    "2026年3月2日(月) 10:00 Xignature <support@xignature.co.id>:",
    "2026年3月2日(月) 10:00、Xignature <support@xignature.co.id>のメール:",
    "2026년 3월 2일 (월) 오전 10:00, Xignature <support@xignature.co.id>님이 작성:",
    "في الاثنين، ٢ مارس ٢٠٢٦ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة Xignature <\u202asupport@xignature.co.id\u202c\u200f>:\u200f",
    "\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-10:00 מאת \u202aXignature\u202c\u200f "
    "<\u202asupport@xignature.co.id\u202c\u200f>:\u202c",
    "ในวันที่ จ. 2 มี.ค. 2026 เวลา 10:00 Xignature <support@xignature.co.id> เขียนว่า:",
    "Vào Th 2, 2 thg 3, 2026 vào lúc 10:00 Xignature <support@xignature.co.id> đã viết:",
    "Am Mo., 2. März 2026 um 10:00 Uhr schrieb Xignature <support@xignature.co.id>:",
    "Am 02.03.2026 um 10:00 schrieb Xignature:",
    "Le lun. 2 mars 2026 à 10:00, Xignature <support@xignature.co.id> a écrit :",
    "Op ma 2 mrt 2026 om 10:00 schreef Xignature <support@xignature.co.id>:",
    "El lun, 2 mar 2026 a las 10:00, Xignature (<support@xignature.co.id>) escribió:",
    "Em seg., 2 de mar. de 2026 às 10:00, Xignature <support@xignature.co.id> escreveu:",
    "Il giorno lun 2 mar 2026 alle ore 10:00 Xignature <support@xignature.co.id> ha scritto:",
    "пн, 2 мар. 2026 г. в 10:00, Xignature <support@xignature.co.id>:",
    "02.03.2026 10:00, Xignature пишет:",
    "pon., 2 mar 2026 o 10:00 Xignature <support@xignature.co.id> napisał(a):",
    "Xignature <support@xignature.co.id>, 2 Mar 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "Den mån 2 mars 2026 kl 10:00 skrev Xignature <support@xignature.co.id>:",
]
BLOCKS = [
    ("From", "Sent", "To", "Subject"),
    ("Dari", "Dikirim", "Kepada", "Perihal"),
    ("Daripada", "Dihantar", "Kepada", "Subjek"),
    ("发件人", "发送时间", "收件人", "主题"),
    ("寄件者", "寄件日期", "收件者", "主旨"),
    ("差出人", "送信日時", "宛先", "件名"),
    ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
    ("מאת", "נשלח", "אל", "נושא"),
    ("จาก", "ส่งเมื่อ", "ถึง", "เรื่อง"),
    ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    ("Von", "Gesendet", "An", "Betreff"),
    ("De", "Envoyé", "À", "Objet"),
    ("Van", "Verzonden", "Aan", "Onderwerp"),
    ("De", "Enviado el", "Para", "Asunto"),
    ("De", "Enviada em", "Para", "Assunto"),
    ("Da", "Inviato", "A", "Oggetto"),
    ("От", "Отправлено", "Кому", "Тема"),
    ("Od", "Wysłano", "Do", "Temat"),
    ("Kimden", "Gönderildi", "Kime", "Konu"),
]
DIVIDERS = [
    "-----Original Message-----",
    "---------- Forwarded message ---------",
    "----- Pesan Asli -----",
    "------------------ 原始邮件 ------------------",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Oorspronkelijk bericht-----",
    "-----Mensaje original-----",
    "-----Mensagem original-----",
    "-----Messaggio originale-----",
    "-----Исходное сообщение-----",
    "-----Oryginalna wiadomość-----",
    "-----Orijinal İleti-----",
    "-----الرسالة الأصلية-----",
    "-----הודעה מקורית-----",
    "-----元のメッセージ-----",
    "-----원본 메시지-----",
    "-----ข้อความต้นฉบับ-----",
    "-----Thư gốc-----",
    "-----Mesej Asal-----",
    "Begin forwarded message:",
]
SIGNATURES = [
    "-- \nAnna Eriksson\nUtopia Ltd\n+62 812 3456 7890",
    "--\nAnna",
    "Best regards,\nAnna Eriksson\nHR Manager, Utopia Ltd",
    "Kind Regards\n\nAnna\n\nThis e-mail is confidential and intended solely for the person named above. "
    + "If you are not that person, you must not use it. " * 3,
    "Salam hormat,\nBudi Santoso\nPT Maju Jaya\nJl. Sudirman No. 5, Jakarta",
    "Terima kasih,\nBudi",
    "Sekian, terima kasih\nAhmad",
    "此致\n敬礼\n王小明",
    "よろしくお願いいたします。\n田中",
    "감사합니다.\n김철수 드림",
    "مع أطيب التحيات،\nأحمد",
    "בברכה,\nדוד",
    "ขอแสดงความนับถือ\nสมชาย",
    "Trân trọng,\nNguyễn Văn A",
    "Mit freundlichen Grüßen\nHans Müller",
    "Cordialement,\nJean Dupont",
    "Met vriendelijke groet,\nJan de Vries",
    "Saludos cordiales,\nMaría",
    "Atenciosamente,\nJoão",
    "Cordiali saluti\nMario Rossi",
    "С уважением,\nИван Петров",
    "Z poważaniem\nJan Kowalski",
    "Saygılarımla,\nAyşe",
    "Sent from my iPhone",
    "Get Outlook for Android",
    "Dikirim dari iPhone saya",
    "发自我的iPhone",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Отправлено с iPhone",
    "Wysłane z iPhone'a",
    "iPhone'umdan gönderildi",
    "Được gửi từ iPhone của tôi",
    "ส่งจาก iPhone ของฉัน",
    "נשלח מה-iPhone שלי",
]


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_every_language_introduces_what_it_quotes(introduction: str, mark: str) -> None:
    found = visible_text(f"Here is my passport.\n\n{introduction}\n\n{mark}Dear Anna,\n{mark}please send it.")

    assert (found.new, found.signature) == ("Here is my passport.", "")
    assert found.quoted.startswith(introduction.strip()[:4]) and found.quoted.endswith("please send it.")


@pytest.mark.parametrize("introduction", [one for one in INTRODUCTIONS if " <" in one])
def test_an_introduction_that_the_wire_broke(introduction: str) -> None:
    broken = introduction.replace(" <", "\n<", 1)

    assert visible_text(f"Here.\n\n{broken}\n> Dear Anna").new == "Here."


@pytest.mark.parametrize("words", BLOCKS, ids=[one[0] + "/" + one[3] for one in BLOCKS])
@pytest.mark.parametrize("form", ["{}: ", "*{}:* ", "{}："])
@pytest.mark.parametrize("rule", ["", "________________________________\n"])
def test_every_language_heads_the_letter_it_carries(words: tuple[str, ...], form: str, rule: str) -> None:
    values = ("Xignature <support@xignature.co.id>", "2 March 2026 10:00", "Anna", "Papers")
    head = "\n".join(form.format(word) + value for word, value in zip(words, values, strict=True))
    found = visible_text(f"Here it is.\n\n{rule}{head}\n\nDear Anna, please send it.")

    assert found.new == "Here it is."
    assert found.quoted.endswith("please send it.")


@pytest.mark.parametrize("divider", DIVIDERS)
def test_every_language_divides(divider: str) -> None:
    assert visible_text(f"Here it is.\n\n{divider}\nDear Anna").new == "Here it is."


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize(
    "history", ["", "\n\nOn Mon, Mar 2, 2026 at 10:00 AM X <x@y.example> wrote:\n> Dear Anna\n> send it"]
)
def test_signatures_are_folded(signature: str, history: str) -> None:
    found = visible_text(f"Here is my passport.\nWhen can we talk?\n\n{signature}{history}")

    assert found.new == "Here is my passport.\nWhen can we talk?"
    assert found.signature == signature.strip()
    assert bool(found.quoted) == bool(history)


@pytest.mark.parametrize(
    "text",
    [
        "Thank you",
        "Terima kasih,\nBudi",
        "Thanks,\nand could you tell me when the call is?",
        "Best regards to your colleague who helped me yesterday.",
        "Thank you.\nPlease note that my new passport has arrived and will be sent on Monday.",
        "- one\n- two",
        "Regards,\nAnna\n\nP.S. My KITAS ends in May.",
        "I was sent from my company to your office.\nWhat now?",
        "The meeting was on 2 March 2026, I wrote: yes.",
        "From: Jakarta\nwith love",
    ],
)
def test_what_looks_like_an_ending_and_is_none(text: str) -> None:
    assert visible_text(text) == (text, "", "")


def test_a_letter_that_is_only_a_signature_keeps_its_words() -> None:
    found = visible_text("-- \nAnna\nUtopia Ltd")
    assert (found.new, found.signature) == ("", "-- \nAnna\nUtopia Ltd")


LINES = st.sampled_from(
    [
        *INTRODUCTIONS,
        *DIVIDERS,
        *(line for one in SIGNATURES for line in one.split("\n")),
        "> quoted",
        ">> deeper",
        "",
        " ",
        "words of the letter",
        "From: X",
        "Sent: Monday",
        "To: Anna",
        "________________________________",
        "--",
        "-- ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        LINES
        | st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30),
        max_size=30,
    )
)
def test_no_line_is_lost_or_doubled(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = visible_text(text)

    assert words(text) == words(found.new) + words(found.signature) + words(found.quoted)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\S+", text))
