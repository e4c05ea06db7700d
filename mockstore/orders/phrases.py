"""The notes of customers and staff, and gift messages, in several languages. ``{n}`` is replaced by a number."""

from __future__ import annotations

import msgspec


class Phrases(msgspec.Struct, frozen=True):
    """The notes and messages of one language."""

    customer: tuple[str, ...]
    staff: tuple[str, ...]
    gift: tuple[str, ...]


_TEXT = """
[en]
customer: Please leave the parcel with the neighbours at no. {n}.
customer: Ring twice - the bell is broken & the dog isn't.
customer: Needed before Friday, if that's possible!
customer: Gate code {n}#, then straight on.
customer: No plastic packaging, please. Thanks :)
staff: Called the customer on ticket {n}: address confirmed.
staff: Stock check done, shelf count was {n}.
staff: Fraud score {n}, released by J. Miller.
staff: Second replacement for claim #{n} <urgent>.
gift: Happy birthday, Grandma! Love, Tom & Ana
gift: Congratulations on your new home!
gift: To the best "team" ever - see you on the {n}th.
[de]
customer: Bitte beim Nachbarn in Nr. {n} abgeben.
customer: Klingel defekt, bitte anrufen – danke!
customer: Lieferung erst ab dem {n}. möglich.
customer: Rechnung bitte an die Firma, Ware an mich.
staff: Kunde rief an (Vorgang {n}), Adresse geprüft.
staff: Bonität geprüft: {n} Punkte.
staff: Ersatzlieferung zu Reklamation {n}.
gift: Alles Gute zum Geburtstag, liebe Käthe!
gift: Zur Hochzeit viel Glück – eure Familie Groß
gift: Für die schönsten {n} Jahre: danke!
[fr]
customer: Merci de déposer le colis chez le gardien, code {n}.
customer: Sonnez deux fois, s'il vous plaît.
customer: Livraison après 18 h si possible.
customer: C'est pour un cadeau : pas de facture dans le colis.
staff: Client rappelé, dossier n° {n}.
staff: Adresse vérifiée le {n}, envoi autorisé.
staff: Geste commercial accordé, réf. {n}.
gift: Joyeux anniversaire, mon cœur !
gift: À très bientôt à Noël, grosses bises
gift: Félicitations pour vos {n} ans de mariage !
[es]
customer: Dejar el paquete en la portería, por favor.
customer: ¿Pueden entregar antes del día {n}?
customer: Llamar al móvil al llegar, el timbre no funciona.
staff: Cliente llamado, incidencia {n}.
staff: Dirección comprobada con el cliente, caso {n}.
staff: Envío repetido por reclamación {n}.
gift: ¡Feliz cumpleaños, abuela!
gift: Con todo nuestro cariño, los Muñoz
gift: ¡Enhorabuena por los {n} años!
[it]
customer: Lasciare il pacco dal portinaio, grazie.
customer: Citofono n. {n}, terzo piano.
customer: È possibile consegnare di sabato?
staff: Cliente richiamato, pratica {n}.
staff: Indirizzo verificato, spedizione sbloccata ({n}).
staff: Sostituzione per reclamo {n}.
gift: Buon compleanno, papà!
gift: Tanti auguri per la nuova casa
gift: Perché sei unica: {n} baci
[pl]
customer: Proszę zostawić paczkę u sąsiada pod nr {n}.
customer: Proszę dzwonić przed dostawą.
customer: Czy można prosić o fakturę?
staff: Klient dzwonił, zgłoszenie {n}.
staff: Adres potwierdzony, sprawa {n}.
staff: Wysyłka zastępcza, reklamacja {n}.
gift: Wszystkiego najlepszego, Zosiu!
gift: Najlepsze życzenia na nowej drodze życia
gift: Ściskamy mocno – {n} razy!
[nl]
customer: Graag bij de buren op nr. {n} afgeven.
customer: Bel doet het niet, even kloppen a.u.b.
customer: Liever na 17.00 uur bezorgen.
staff: Klant teruggebeld, melding {n}.
staff: Adres gecontroleerd (zaak {n}).
staff: Herlevering vanwege klacht {n}.
gift: Gefeliciteerd met je verjaardag!
gift: Veel plezier ermee, groetjes van ons allemaal
gift: Op naar de {n}!
[sv]
customer: Lämna paketet hos grannen på nr {n}.
customer: Portkod {n}, hissen är trasig.
customer: Gärna leverans på kvällen.
staff: Ringde kunden, ärende {n}.
staff: Adressen är kontrollerad ({n}).
staff: Ersättning för reklamation {n}.
gift: Grattis på födelsedagen!
gift: God jul önskar vi på {n}:an
gift: Tack för allt, kära mormor
[ja]
customer: 不在の場合は宅配ボックス{n}番にお願いします。
customer: 午前中の配達を希望します。
customer: 領収書を同封してください。
staff: お客様に電話済み(受付番号{n})。
staff: 住所確認済み、担当{n}。
staff: 交換品の発送、問い合わせ{n}。
gift: お誕生日おめでとう!
gift: ご結婚おめでとうございます。末永くお幸せに。
gift: いつもありがとう。
[zh]
customer: 请放在{n}号快递柜,谢谢!
customer: 请在周末送货。
customer: 麻烦开发票,抬头写公司名。
staff: 已致电客户,工单{n}。
staff: 地址已核实({n})。
staff: 补发,投诉单号{n}。
gift: 生日快乐!
gift: 祝新婚幸福,百年好合!
gift: 谢谢你一直以来的照顾。
[pt]
customer: Deixar na portaria, por favor.
customer: Interfone {n}, falar com a Dona Conceição.
customer: Preciso até o dia {n}, é possível?
staff: Cliente contatado, chamado {n}.
staff: Endereço conferido, pedido liberado ({n}).
staff: Reenvio por reclamação {n}.
gift: Feliz aniversário, vovó!
gift: Parabéns pela casa nova!
gift: Com carinho, de todos nós {n}
[hi]
customer: कृपया पार्सल पड़ोसी के घर {n} पर छोड़ दें।
customer: आने से पहले फ़ोन करें।
customer: शाम को डिलीवरी करें, धन्यवाद।
staff: ग्राहक से बात हुई, टिकट {n}।
staff: पता जाँच लिया गया ({n})।
staff: शिकायत {n} के लिए दोबारा भेजा।
gift: जन्मदिन मुबारक हो!
gift: नए घर की बधाई!
gift: आप दोनों को {n} साल की बधाई!
[ru]
customer: Оставьте посылку у консьержа, подъезд {n}.
customer: Позвоните за час до доставки.
customer: Домофон не работает, звоните на мобильный!
staff: Клиент перезвонил, заявка {n}.
staff: Адрес проверен, дело {n}.
staff: Повторная отправка по рекламации {n}.
gift: С днём рождения, дорогая мама!
gift: Поздравляем с новосельем!
gift: Желаем счастья на {n} лет!
[uk]
customer: Залиште посилку у сусідів, кв. {n}.
customer: Зателефонуйте перед доставкою.
customer: Будь ласка, без пластику. Дякую!
staff: Клієнту передзвонили, заявка {n}.
staff: Адресу перевірено, справа {n}.
staff: Повторне відправлення, рекламація {n}.
gift: З днем народження, бабусю!
gift: Вітаємо з новосіллям!
gift: На щастя – {n} обіймів!
[el]
customer: Αφήστε το δέμα στον θυρωρό, παρακαλώ.
customer: Κουδούνι {n}, τρίτος όροφος.
customer: Παράδοση μετά τις έξι, αν γίνεται.
staff: Μίλησα με τον πελάτη, αίτημα {n}.
staff: Η διεύθυνση ελέγχθηκε ({n}).
staff: Νέα αποστολή για το παράπονο {n}.
gift: Χρόνια πολλά, γιαγιά!
gift: Συγχαρητήρια για το νέο σπίτι!
gift: Με αγάπη, από όλους μας
[he]
customer: נא להשאיר את החבילה אצל השכנים בדירה {n}.
customer: להתקשר לפני המשלוח, תודה!
customer: קוד כניסה {n}#
staff: שוחחנו עם הלקוח, פנייה {n}.
staff: הכתובת נבדקה ({n}).
staff: משלוח חוזר בגין תלונה {n}.
gift: יום הולדת שמח, סבתא!
gift: מזל טוב לרגל הבית החדש!
gift: תודה על הכול, באהבה
[ar]
customer: يرجى ترك الطرد عند الجيران في الشقة {n}.
customer: اتصلوا قبل التوصيل من فضلكم.
customer: أرجو التوصيل بعد صلاة العصر، شكراً.
staff: تم الاتصال بالعميل، تذكرة {n}.
staff: تم التحقق من العنوان ({n}).
staff: إعادة إرسال بسبب الشكوى {n}.
gift: كل عام وأنت بخير يا جدتي!
gift: مبروك البيت الجديد!
gift: مع خالص الحب منا جميعاً
"""


def _read(text: str) -> dict[str, Phrases]:
    found = {}
    for block in text.strip().split("\n["):
        language, _, lines = block.removeprefix("[").partition("]\n")
        said: dict[str, list[str]] = {"customer": [], "staff": [], "gift": []}
        for line in lines.strip().split("\n"):
            kind, _, sentence = line.partition(": ")
            said[kind].append(sentence)
        found[language] = Phrases(*map(tuple, said.values()))
    return found


PHRASES = _read(_TEXT)
"""Language → its phrases."""
