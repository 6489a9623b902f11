"""The words by which letters end, in the languages of those who write to us."""

import re

from app.conversations.reading.quote_words import words

_CLOSINGS = words("""
best regards | kind regards | warm regards | warmest regards | with kind regards | regards | many thanks |
best wishes | with best wishes | best | all the best | yours sincerely | sincerely | sincerely yours |
yours truly | yours faithfully | respectfully | respectfully yours | cheers | thanks | thank you |
thanks and regards | thanks & regards | thank you and regards | thanks in advance | thank you very much |
rgds | br | salam | salam hormat | salam hangat | hormat saya | hormat kami | dengan hormat saya |
terima kasih | terimakasih | terima kasih banyak | terima kasih sebelumnya | terima kasih dan salam |
demikian terima kasih | tks | wassalam | wassalamualaikum | wassalamualaikum wr wb | yang benar |
yang ikhlas | sekian terima kasih | sekian, terima kasih | sekian | 此致 | 此致敬礼 | 敬礼 | 祝好 | 顺祝商祺 | 谢谢 | 謝謝 |
敬上 | 敬啟 | 祝您工作愉快 | よろしくお願いします | よろしくお願いいたします | よろしくお願い致します |
宜しくお願いします | 宜しくお願い致します | 以上 | 敬具 | 草々 | 何卒よろしくお願いいたします |
감사합니다 | 고맙습니다 | 드림 | 올림 | 안녕히 계세요 | مع أطيب التحيات | تحياتي | مع التحية |
مع خالص التحية | وتفضلوا بقبول فائق الاحترام | شكرا | شكراً | شكرا لكم | בברכה | תודה | תודה רבה |
בכבוד רב | ขอแสดงความนับถือ | ด้วยความเคารพ | ขอบคุณครับ | ขอบคุณค่ะ | ขอบคุณ | trân trọng | kính thư |
thân ái | cảm ơn | xin cảm ơn | trân trọng cảm ơn | trân trọng kính chào | mit freundlichen grüßen |
mit freundlichen gruessen | mit freundlichem gruß | freundliche grüße | viele grüße | beste grüße |
liebe grüße | herzliche grüße | mfg | vielen dank | danke | hochachtungsvoll | gruß | grüße |
cordialement | bien cordialement | très cordialement | salutations | meilleures salutations |
sincères salutations | bien à vous | merci | merci d'avance | merci beaucoup | sincèrement |
respectueusement | met vriendelijke groet | met vriendelijke groeten | vriendelijke groeten |
hartelijke groeten | groeten | groet | mvg | bedankt | hartelijk dank | dank u | saludos |
saludos cordiales | un saludo | un cordial saludo | atentamente | cordialmente | gracias | muchas gracias |
atenciosamente | cumprimentos | com os melhores cumprimentos | melhores cumprimentos | abraços | abs |
att | obrigado | obrigada | muito obrigado | grato | grata | cordiali saluti | distinti saluti | saluti |
un saluto | un cordiale saluto | grazie | grazie mille | cordialità | с уважением |
с наилучшими пожеланиями | всего доброго | спасибо | заранее спасибо | искренне ваш | z poważaniem |
pozdrawiam | pozdrawiam serdecznie | z wyrazami szacunku | dziękuję | z góry dziękuję |
łączę pozdrowienia | saygılarımla | saygılarımızla | iyi çalışmalar | iyi günler | sevgiler | teşekkürler |
teşekkür ederim | selamlar | med vänlig hälsning | med vänliga hälsningar | vänliga hälsningar | mvh |
med venlig hilsen | vennlig hilsen | hilsen | s pozdravem | ystävällisin terveisin | üdvözlettel |
με εκτίμηση
""")
CLOSING = re.compile(rf"(?:{'|'.join(map(re.escape, _CLOSINGS))})[\s,，،.!。！、;:\-–—]*", re.IGNORECASE)
# What programs on telephones put below a letter.
DEVICE = re.compile(
    r"(?:sent|get outlook) (?:from|for|my|by|using|from my|via|with) .{1,60}"
    r"|(?:dikirim|terkirim) (?:dari|melalui|menggunakan) .{1,60}|(?:diperoleh|dapatkan) outlook .{1,40}"
    r"|dihantar (?:dari|daripada|melalui) .{1,60}|(?:发自|發自|来自|從我的|从我的|寄自).{1,40}"
    r"|.{1,30}(?:から送信|より送信)|.{1,40}에서 보냄|أرسلت من .{1,40}|مرسل من .{1,40}|נשלח מ.{1,40}|ส่งจาก.{1,40}"
    r"|(?:được )?gửi từ .{1,40}|von meinem .{1,40} gesendet|gesendet (?:von|mit|aus) .{1,40}"
    r"|envoyé (?:de|depuis|à partir) .{1,60}|verzonden (?:vanaf|met|via) .{1,40}|verstuurd vanaf .{1,40}"
    r"|enviado (?:desde|do|de|a partir|con|pelo) .{1,40}|obter o outlook .{1,30}|inviato da(?:l|lla|l mio)? .{1,40}"
    r"|отправлено (?:с|из|от) .{1,40}|wysłan[eoya] z .{1,40}|.{1,40}(?:den|dan) gönderildi"
    r"|skickat från .{1,40}|sendt fra .{1,40}|odesláno z .{1,40}",
    re.IGNORECASE,
)
POSTSCRIPT = re.compile(r"(?:p\.? ?s\.?|n\.? ?b\.?|catatan|nota|ps)\s*[:.\-–]", re.IGNORECASE)
DISCLAIMER = re.compile(
    r"confidential|disclaimer|intended (?:only )?(?:for|solely)|privileged|virus|legal notice|rahasia|penyangkalan"
    r"|vertraulich|confidentiel|confidencial|riservat|конфиденциал|poufn|gizli|vertrouwelijk|保密|機密|mật|เป็นความลับ|سري"
    r"|please consider the environment",
    re.IGNORECASE,
)
