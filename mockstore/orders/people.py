"""The buyers: names, addresses and telephone numbers of many countries, made with Faker.

Faker needs seconds to make them. So the result is kept beside this module in ``people.json``,
with the version of Faker. ``python -m mockstore.orders.people`` makes the file again. Faker makes
names, streets and companies. Cities, postal codes and telephone numbers come from the tables
below, because they must fit each other.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from faker import Faker

PEOPLE_FILE = Path(__file__).with_name("people.json")
PEOPLE_PER_POOL = 48
"""Number of people in a pool."""


class Person(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A buyer and their address."""

    name: str
    company: str
    phone: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    email: str


class Pool(msgspec.Struct, frozen=True):
    """People of one country and one language."""

    country: str
    language: str
    locale: str
    people: tuple[Person, ...]


class Pools(msgspec.Struct, frozen=True):
    """All pools, and the version of Faker that made them."""

    faker: str
    pools: tuple[Pool, ...]


class Source(msgspec.Struct, frozen=True):
    """The tables that a pool is made from. In patterns ``#`` is a digit and ``?`` a letter."""

    country: str
    locale: str
    places: tuple[str, ...]
    phones: tuple[str, ...]
    second: tuple[str, ...]

    @property
    def language(self) -> str:
        """Return the language of the locale."""
        return self.locale.partition("_")[0]


_SOURCES = """
[US en_US]
places: New York|NY|100##; Los Angeles|CA|900##; Chicago|IL|606##; Houston|TX|770##; Boston|MA|021##
places: Seattle|WA|981##; Miami|FL|331##; Denver|CO|802##; Atlanta|GA|303##; Portland|OR|972##
places: Honolulu|HI|968##; Anchorage|AK|995##; Nashville|TN|372##; Minneapolis|MN|554##
places: Washington|DC|200##; Springfield|IL|627##-####
phones: +1 212-555-01##; (312) 555-01##; 415-555-01##; +1 206 555 01##; (617) 555-01##
second: Apt ##; Suite ###; Unit #B; Floor 2#
[CA en_CA]
places: Toronto|ON|M5V #?#; Vancouver|BC|V6B #?#; Calgary|AB|T2P #?#; Winnipeg|MB|R3C #?#
places: Halifax|NS|B3J #?#; St. John's|NL|A1C #?#; Whitehorse|YT|Y1A #?#; Saskatoon|SK|S7K #?#
phones: +1 416-555-01##; 604-555-01##; (403) 555-01##
second: Unit ##; Apt. ###
[CA fr_CA]
places: Montréal|QC|H2X #?#; Québec|QC|G1R #?#; Trois-Rivières|QC|G9A #?#; Sherbrooke|QC|J1H #?#
places: Moncton|NB|E1C #?#
phones: +1 514-555-01##; 418 555-01##
second: app. ##; bureau 1##
[GB en_GB]
places: London|Greater London|SW1A #AA; Manchester|Greater Manchester|M1 #AE
places: Edinburgh|Midlothian|EH1 #YZ; Cardiff|South Glamorgan|CF10 #AT; Belfast|County Antrim|BT1 #GS
places: Kingston upon Hull|East Yorkshire|HU1 #NE; Stoke-on-Trent|Staffordshire|ST1 #HP
phones: +44 20 7946 0###; 0161 496 0###; +44 7400 1#####; 029 2018 0###
second: Flat #; Flat ##b
[DE de_DE]
places: Berlin|BE|10###; München|BY|803##; Hamburg|HH|20###; Köln|NW|506##; Frankfurt am Main|HE|603##
places: Dresden|SN|010##; Düsseldorf|NW|402##; Saarbrücken|SL|661##; Nürnberg|BY|904##; Görlitz|SN|02826
phones: +49 30 23125###; 040 66969###; 0221 4710###; +49 89 99998###; (069) 90009###; +49 171 39200##
second: Hinterhaus; c/o Müller & Söhne; 2. OG links
[AT de_AT]
places: Wien|9|10#0; Graz|6|80#0; Linz|4|40#0; Salzburg|5|50#0; Innsbruck|7|60#0
phones: +43 1 58858##; 0664 #%#%#%#; +43 512 5#%#%#
second: Top ##; Stiege #/Tür ##
[FR fr_FR]
places: Paris|75|750##; Lyon|69|6900#; Marseille|13|1300#; Bordeaux|33|33000; Strasbourg|67|67000
places: Nîmes|30|30000; L'Haÿ-les-Roses|94|94240; Saint-Étienne|42|42000
phones: +33 1 99 00 ## ##; 06 12 ## ## ##; +33 4 65 71 ## ##
second: Bât. B, 3e étage; Résidence « Les Lilas »; Appt. ##
[ES es_ES]
places: Madrid|Madrid|280##; Barcelona|Barcelona|080##; Sevilla|Sevilla|410##; A Coruña|A Coruña|150##
places: Logroño|La Rioja|260##; Alcalá de Henares|Madrid|288##
phones: +34 91 5#% #% ##; 6#% #%# ##%; +34 93 4#% ## ##
second: 3º izquierda; Piso #, puerta B
[IT it_IT]
places: Roma|RM|001##; Milano|MI|201##; Napoli|NA|801##; Torino|TO|101##; Forlì|FC|471##
places: L'Aquila|AQ|67100; Bolzano|BZ|39100
phones: +39 06 698#%###; +39 02 7234####; 347 #%#%#%#
second: Scala B, int. #; presso Rossi
[PL pl_PL]
places: Warszawa|mazowieckie|00-###; Kraków|małopolskie|30-###; Łódź|łódzkie|90-###
places: Gdańsk|pomorskie|80-###; Wrocław|dolnośląskie|50-###; Rzeszów|podkarpackie|35-###
phones: +48 22 6#% ## ##; 50# #%# ###; +48 12 4## ## ##
second: m. ##; lok. #
[NL nl_NL]
places: Amsterdam|Noord-Holland|101# ??; Rotterdam|Zuid-Holland|301# ??; Utrecht|Utrecht|351# ??
places: 's-Hertogenbosch|Noord-Brabant|521# ??; Groningen|Groningen|971# ??
phones: +31 20 6#%#%##; 06 1#%#%#%#; +31 10 4######
second: 3-hoog; bis
[SE sv_SE]
places: Stockholm||11# ##; Göteborg||41# ##; Malmö||21# ##; Umeå||90# ##
phones: +46 8 46500###; 031-39064##; +46 70 1740 6##
second: lgh 1##1
[JP ja_JP]
places: 千代田区|東京都|100-00##; 横浜市中区|神奈川県|231-00##; 大阪市北区|大阪府|530-00##
places: 札幌市中央区|北海道|060-00##
places: 福岡市博多区|福岡県|812-00##; 那覇市|沖縄県|900-00##
phones: +81 3-5#%#-####; 06-6#%#-####; 090-%#%#-####
second: #0#号室; コーポ桜 #0#
[CN zh_CN]
places: 北京市|北京市|1000##; 上海市|上海市|2000##; 广州市|广东省|5100##
places: 成都市|四川省|6100##; 西安市|陕西省|7100##
phones: +86 138 #%#% ####; 010 6#%# ####; +86 159 #%#% ####
second: #号楼#单元##1室; 龙湖大厦#层
[TW zh_TW]
places: 臺北市||1060##; 高雄市||8020##; 臺中市||4030##; 臺南市||7000##
phones: +886 2 2#%# ####; 0912 #%# ###
second: #樓之#; ##室
[BR pt_BR]
places: São Paulo|SP|010##-##0; Rio de Janeiro|RJ|200##-##0; Belo Horizonte|MG|301##-##0
places: Florianópolis|SC|880##-##0; Brasília|DF|700##-##0; Maceió|AL|570##-##0
phones: +55 11 9#%#%-####; (21) 9#%#%-####; +55 31 3#%#-####
second: Apto ##, Bloco B; Casa #; Fundos
[IN en_IN]
places: Mumbai|Maharashtra|4000##; New Delhi|Delhi|1100##; Bengaluru|Karnataka|5600##
places: Chennai|Tamil Nadu|6000##; Kolkata|West Bengal|7000##
phones: +91 98#%# #%#%#; 022 2#%# ####; +91 80 4#%# ####
second: Near St. Mary's Church; Flat No. ##, Sai Krupa CHS; Opp. Bank of India
[IN hi_IN]
places: नई दिल्ली|दिल्ली|1100##; लखनऊ|उत्तर प्रदेश|2260##; जयपुर|राजस्थान|3020##
places: भोपाल|मध्य प्रदेश|4620##
phones: +91 97#%# #%#%#; +91 99#%# #%#%#
second: मंदिर के पास; तीसरी मंज़िल
[RU ru_RU]
places: Москва|Москва|101###; Санкт-Петербург|Санкт-Петербург|190###; Казань|Татарстан|420###
places: Новосибирск|Новосибирская обл.|630###; Ростов-на-Дону|Ростовская обл.|344###
phones: +7 495 9#%-##-##; 8 (916) #%#-##-##; +7 812 3#%-##-##
second: кв. ##; подъезд #, домофон ##
[UA uk_UA]
places: Київ|Київ|010##; Львів|Львівська обл.|790##; Одеса|Одеська обл.|650##
places: Харків|Харківська обл.|610##; Кам'янське|Дніпропетровська обл.|519##
phones: +380 44 2#% ## ##; 067 #%# ## ##; +380 50 #%# ## ##
second: кв. ##; під'їзд #
[GR el_GR]
places: Αθήνα|Αττική|105 ##; Θεσσαλονίκη|Κεντρική Μακεδονία|546 ##; Πάτρα|Δυτική Ελλάδα|262 ##
places: Ηράκλειο|Κρήτη|712 ##
phones: +30 21 0 3#%# ###; 694 #%# ####; +30 231 0 2## ###
second: #ος όροφος; Διαμέρισμα #
[IL he_IL]
places: תל אביב-יפו||61####0; ירושלים||91####0; חיפה||31####0; באר שבע||84####0
phones: +972 3-6#%#-###; 052-#%#-####; +972 2-6#%#-###
second: דירה ##; כניסה ב', קומה #
[AE ar_SA]
places: دبي|دبي|00000; أبو ظبي|أبو ظبي|00000; الشارقة|الشارقة|00000; العين|أبو ظبي|00000
phones: +971 50 #%# ####; 04 3#% ####; +971 2 6#% ####
second: شقة ##; الطابق #
"""
"""Places, telephone numbers and second address lines by country. ``%`` is a digit from 2 to 7, which keeps
numbers valid. Addresses in the United Arab Emirates have no postal code; people write 00000."""


def _read(text: str) -> tuple[Source, ...]:
    found = []
    for block in text.strip().split("\n["):
        head, _, lines = block.removeprefix("[").partition("]\n")
        tables: dict[str, list[str]] = {"places": [], "phones": [], "second": []}
        for line in lines.strip().split("\n"):
            kind, _, entries = line.partition(": ")
            tables[kind] += entries.split("; ")
        country, locale = head.split()
        found.append(Source(country, locale, *map(tuple, tables.values())))
    return tuple(found)


SOURCES = _read(_SOURCES)


_POSTAL_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"


def _drawn(faker: Faker, pattern: str) -> str:
    text = "".join(str(faker.random_int(2, 7)) if mark == "%" else mark for mark in pattern)
    return str(faker.bothify(text, letters=_POSTAL_LETTERS))


def _one_of(faker: Faker, choices: tuple[str, ...]) -> str:
    return choices[faker.random_int(0, len(choices) - 1)]


def _street(faker: Any, locale: str) -> str:
    """Return a street and number in the form of the locale."""
    number = faker.random_int(1, 180)
    if locale == "ja_JP":
        return f"{faker.town()}{faker.chome()}{faker.ban()}{faker.gou()}"
    if locale == "hi_IN":
        return f"{number}, {faker.last_name()} मार्ग"
    if locale == "ar_SA":
        return f"شارع {faker.last_name()} {number}"
    if locale in ("en_US", "en_CA", "fr_CA", "en_GB"):  # Faker's addresses there include flats and suites
        return f"{number} {faker.street_name()}"
    return one_line(str(faker.street_address()))


def one_line(text: str) -> str:
    """Return a text with one blank in place of each run of white space."""
    return " ".join(text.split())


def unused_email(faker: Any, taken: set[str]) -> str:
    """Return an e-mail address that is not taken, and add it to those that are."""
    name = unicodedata.normalize("NFKD", faker.user_name()).encode("ascii", "ignore").decode().lower()
    name = name if len(name) > 3 else "buyer"
    domain = ("example.com", "example.org", "example.net", "mail.example")[faker.random_int(0, 3)]
    address, number = f"{name}@{domain}", 1
    while address in taken:
        number += 1
        address = f"{name}{number}@{domain}"
    taken.add(address)
    return address


def _person(faker: Any, source: Source, emails: set[str]) -> Person:
    city, state, postal_code = _one_of(faker, source.places).split("|")
    name = f"{faker.first_name()} {faker.last_name()}" if source.locale == "ar_SA" else faker.name()
    phone = _drawn(faker, _one_of(faker, source.phones))
    return Person(
        name=one_line(name),
        company=faker.company() if faker.random_int(0, 4) == 0 else "",
        phone=phone,
        address1=_street(faker, source.locale),
        address2=_drawn(faker, _one_of(faker, source.second)) if faker.random_int(0, 2) == 0 else "",
        city=city,
        state=state,
        postal_code=_drawn(faker, postal_code),
        email=unused_email(faker, emails),
    )


def make_pools() -> Pools:
    """Make the pools with the installed version of Faker. It takes a second."""
    import faker

    pools, emails = [], set[str]()
    for source in SOURCES:
        generator = faker.Faker(source.locale)
        generator.seed_instance(f"{source.country} {source.locale}")
        people = tuple(_person(generator, source, emails) for _ in range(PEOPLE_PER_POOL))
        pools.append(Pool(source.country, source.language, source.locale, people))
    return Pools(faker.VERSION, tuple(pools))


@cache
def pools() -> Pools:
    """Return the pools that are kept in the file."""
    return msgspec.json.decode(PEOPLE_FILE.read_bytes(), type=Pools)


def encode_pools(filled: Pools) -> bytes:
    """Return the content of the file: one person in each line."""
    return msgspec.json.encode(filled).replace(b'["', b'\n["') + b"\n"


if __name__ == "__main__":
    PEOPLE_FILE.write_bytes(encode_pools(make_pools()))
