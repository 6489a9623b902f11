"""The words by which mail programs introduce the letter they quote, in the languages of those who write to us."""

import re


def words(text: str) -> tuple[str, ...]:
    """Words written with bars between them, as they are easiest to read and to add to."""
    return tuple(word.strip() for word in text.split("|"))


# "… wrote:", as programs say it at the end of the introduction, or in its middle.
WROTE = words("""
wrote | writes | menulis | telah menulis | tulis | schrieb | a écrit | écrit | schreef | geschreven |
escribió | escribio | escreveu | ha scritto | scrisse | написал | написала | написал(а) | пишет | писал |
писал(а) | написав | napisał | napisała | napisał(a) | pisze | şunu yazdı | yazdı | كتب | كتبت |
تمت كتابة ما يلي بواسطة | כתב | כתבה | כתב/ה | เขียนว่า | เขียน | đã viết | viết | 写道 | 寫道 |
님이 작성 | 님이 작성하였습니다 | 님이 작성함 | 님이 씀 | のメール | さんは書きました | は書きました |
は次のように書きました | skrev | kirjoitti | napsal(a) | napsal | napísal(a) | írta | a scris | έγραψε |
ha scrit | va escriure
""")
STARTS = words("""
On | Pada | Am | Le | Op | El | Em | No | Il | Den | Dne | Dnia | W dniu | Vào | ในวันที่ | เมื่อ | في |
בתאריך | ב- | В | Il giorno | Tarihinde | Dňa | Στις
""")
_DIVIDING = words("""
Original Message | Original Appointment | Forwarded message | Forwarded by | Reply message |
Begin forwarded message | Pesan Asli | Pesan asal | Mesej Asal | Mesej asal | Pesan terusan |
Pesan yang diteruskan | Mesej dimajukan | Ursprüngliche Nachricht | Weitergeleitete Nachricht |
Originalnachricht | Message d'origine | Message original | Message transféré | Courriel original |
Oorspronkelijk bericht | Origineel bericht | Doorgestuurd bericht | Mensaje original | Mensaje reenviado |
Mensagem original | Mensagem encaminhada | Messaggio originale | Messaggio inoltrato | Исходное сообщение |
Пересылаемое сообщение | Пересланное сообщение | Oryginalna wiadomość | Wiadomość oryginalna |
Przesłana wiadomość | Treść przekazanej wiadomości | Orijinal Mesaj | Orijinal İleti | İletilen ileti |
Yönlendirilmiş mesaj | الرسالة الأصلية | رسالة معاد توجيهها | הודעה מקורית | הודעה שהועברה |
ข้อความต้นฉบับ | ข้อความที่ส่งต่อ | Thư gốc | Thư được chuyển tiếp | Tin nhắn gốc | 原始邮件 | 原始郵件 |
原邮件 | 转发邮件 | 轉寄郵件 | 轉寄信件 | 転送メッセージ | 元のメッセージ | 転送された | 원본 메시지 |
원본 메일 | 전달된 메시지 | 전달된 메일 | Ursprungligt meddelande | Vidarebefordrat meddelande |
Oprindelig meddelelse | Původní zpráva | Alkuperäinen viesti
""")
_ANY_DIVIDING = "|".join(map(re.escape, _DIVIDING))
DIVIDER = re.compile(
    rf"(?:[-_=—* ]{{2,}}\s*(?:{_ANY_DIVIDING}).{{0,60}}?[-_=—* ]{{2,}}|(?:{_ANY_DIVIDING})\s?[:：])",
    re.IGNORECASE,
)
_FROM = words("""
From | Dari | Daripada | Pengirim | De | Von | Da | Van | От | От кого | Od | Kimden | Gönderen | من |
מאת | จาก | Từ | Người gửi | 发件人 | 發件人 | 寄件者 | 寄件人 | 差出人 | 送信者 | 送信元 | 보낸 사람 |
보낸사람 | 발신 | Från | Fra | Lähettäjä | Feladó
""")
_OTHER_FIELDS = words("""
Sent | Date | To | Subject | Cc | Reply-To | Dikirim | Tanggal | Kepada | Untuk | Perihal | Subjek | Hal |
Tembusan | Dihantar | Tarikh | Gesendet | Datum | An | Betreff | Envoyé | À | A | Objet | Date d'envoi |
Verzonden | Aan | Onderwerp | Enviado | Enviado el | Para | Asunto | Fecha | Enviada | Enviada em |
Enviado em | Assunto | Data | Inviato | Oggetto | Отправлено | Дата | Кому | Тема | Копия | Wysłano |
Wysłane | Do | Temat | DW | Gönderildi | Gönderme Tarihi | Tarih | Kime | Alıcı | Konu | Bilgi |
تم الإرسال | تاريخ الإرسال | التاريخ | إلى | الموضوع | نسخة | נשלח | תאריך | אל | נושא | עותק | ส่งเมื่อ |
ส่ง | วันที่ | ถึง | เรื่อง | สำเนา | Đã gửi | Ngày | Gửi | Gửi lúc | Đến | Tới | Chủ đề | Tiêu đề |
发送时间 | 发送日期 | 日期 | 时间 | 收件人 | 抄送 | 主题 | 寄件日期 | 傳送日期 | 收件者 | 副本 | 主旨 |
送信日時 | 日時 | 日付 | 宛先 | 件名 | 보낸 날짜 | 보낸날짜 | 날짜 | 받는 사람 | 받는사람 | 제목 | 참조 |
Skickat | Till | Ämne | Sendt | Til | Emne
""")
BLOCK_START = re.compile(
    rf"[*_>\s]{{0,4}}(?:{'|'.join(map(re.escape, _FROM))})\s?[:：][*_]{{0,2}}\s*\S", re.IGNORECASE
)
BLOCK_FIELD = re.compile(
    rf"[*_>\s]{{0,4}}(?:{'|'.join(map(re.escape, (*_FROM, *_OTHER_FIELDS)))})\s?[:：][*_]{{0,2}}",
    re.IGNORECASE,
)
RULE = re.compile(r"(?:_{10,}|-{10,}|={10,})")
