"""The products of a shop: variants, prices, weights, locations and pictures.

They are made from the tables below, without random numbers. They are the same in every shop, except
for units, URLs and values that depend on the facts of the version.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import product as combinations

import msgspec

from mockstore.orders.model import Option, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop
from mockstore.shop.versions import Version


class ProductVariant(msgspec.Struct, frozen=True, gc=False):
    """A variant of a product, which can be put in a cart.

    ``weight_units`` is its weight with options, counted in the last decimal place that the version keeps.
    """

    line_id: str
    sku: str
    name: str
    cents: int
    weight: Weight | None
    weight_units: int
    image_url: str
    location: str
    options: tuple[Option, ...]
    shippable: bool
    product: str
    """The code of the product."""


class _Choice(msgspec.Struct, frozen=True):
    """A value of an option, and what it adds to code, price (cents) and weight (grams)."""

    value: str
    code: str
    cents: int = 0
    grams: int = 0


_OPTIONS: dict[str, tuple[str, tuple[_Choice, ...]]] = {
    "S": ("Size", (_Choice("S", "S"), _Choice("M", "M"), _Choice("L", "L"), _Choice("XL", "XL", 200))),
    "C": ("Color", (_Choice("Red", "RED"), _Choice("Navy blue", "NAV"), _Choice("Black & white", "BW"))),
    "W": ("Waist / length", (_Choice('30" / 32"', "30-32"), _Choice('34" / 34"', "34-34"))),
    "F": ("Shoe size (EU)", (_Choice("38", "38"), _Choice("41½", "41.5"), _Choice("44", "44"))),
    "V": ("Volume", (_Choice("250 ml", "250"), _Choice("1 l", "1000", 900, 750))),
    "G": ("Gift box", (_Choice("No", ""), _Choice("Yes", "", 350, 85))),
    "E": (
        "Engraving",
        (_Choice("none", ""), _Choice("“Für immer & ewig”", "", 900), _Choice("A ♥ B", "", 900)),
    ),
    "P": ("Pack", (_Choice("1", "1"), _Choice("10 <bulk>", "10", 1500, 800))),
}
"""Letter in the table of products → an option. A value without a code leaves the product's code unchanged."""

_FAMILIES = """
TEE|T-shirt|Aurora,Fjord,Harbour,Lagoon|1990|180|SC|A
HOOD|Hooded sweatshirt|Aurora,Fjord,Harbour|4490|520|SC|A
JEAN|Jeans|Slim,Straight,Relaxed|6950|640|W|A
SOCK|Merino socks|Trail,City,Night|1295|65|S|A
CAP|Baseball cap|Classic,Mesh|1799|95|C|A
SHOE|Running shoes|Swift,Granite,Pacer|8999|710|F|B
BOOT|Hiking boots|Alpen,Tundra|14950|1480|F|B
BAG|Messenger bag|Courier,Weekend,Mini|5900|930|C|B
MUG|Stoneware mug|Kyoto,Delft,Oaxaca|1450|385|G|C
POT|Cast-iron pot|20 cm,26 cm|7900|4250||C
KNIFE|Chef's knife|Santoku,Bread|6400|210|E|C
BOWL|Bowl, “hand-thrown”|Small,Large|2250|610||C
TEA|Loose tea|Earl Grey,Sencha,Rooibos|890|125||D
CAFÉ|Coffee beans|Crème,Espresso,Décaf|1190|500||D
OIL|Olive oil|Κορωνέικη,Arbequina|1390|980|V|D
CHOC|Chocolate 70 % & up|Perú,Madagascar|450|100||D
SOAP|Soap bar|Lavender,Olive,Charcoal|575|110||E
CREAM|Hand cream|Aloë,Shea|890|120|V|E
CANDLE|Scented candle|Fig,Cedar,Sea|2400|460|G|E
LAMP|LED lamp E27|5W,9W,13W|799|78|P|F
CABLE|USB-C cable|0.5m,1m,2m|999|45|P|F
CHARGER|Charger 65 W|EU,UK,US|3490|138||F
PHONE|Phone case|Clear,Cork|1990|38|C|F
HEAD|Headphones|Over-ear,In-ear|12900|265|C|F
SCREW|Screws, box of 200|M4×16,M6×20,M8×40|640|1150||G
DRILL|Drill bits|HSS 1–10,SDS+|2790|890||G
PIPE|Pipe fitting|½",¾"|415|160|P|G
O'RING|Seal <rubber>|<5MM>,12&14MM|95|4||G
PAINT|Wall paint|White,Sage,Terracotta|3290|5400|V|G
ROPE|Rope, per metre|8mm,12mm|120|62||G
SEED|Seeds|Tomato,Basil,Sunflower|320|12||H
POTTERY|Flower pot|Ø12,Ø18,Ø30|1150|1900||H
GLOVE|Gardening gloves|Cotton,Leather|1290|140|S|H
BOOK|Notebook|A5 dotted,A4 lined,Sketch|1150|290|C|J
PEN|Fountain pen|Fine,Broad|3900|32|E|J
PUZZLE|Puzzle, 1000 pieces|Alps,Map of 1884|1899|720||J
GAME|Board game|Harvest,“Go!”|3450|1340||J
TOY|Wooden train|Loco,Wagons|2790|540|G|J
RING|Ring, silver|Plain,Twist|5900|6|E|K
WATCH|Wristwatch|Diver,Dress|18900|85|E|K
STICKER|Stickers|A&B,C/D,50%-OFF|250|9||K
EBOOK|E-book (download)|Knots,Bread|990|||
GIFTCARD|Gift certificate|25,50|2500|||
SETUP|Assembly service|Basic|4900|||
SAMPLE|Free sample|Tea,Soap|0|15||
"""
"""Code | name | models | cents | grams | options | aisle. A product without grams is not shipped."""

_NO_IMAGE = {"SCREW", "ROPE", "SETUP", "SAMPLE"}
_NO_WEIGHT = {"STICKER-CD", "SAMPLE-SOAP", "PHONE-CORK"}
_NOT_IN_A_CODE = re.compile(r"[\s“”,!]+")


def slug(text: str) -> str:
    """Return a text as part of a file name: lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    named = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return named if plain == text.lower() else f"{named}-{zlib.crc32(text.encode()):08x}"


def catalogue(shop: Shop, version: Version) -> tuple[ProductVariant, ...]:
    """Return every variant that the shop sells, in a fixed order."""
    return tuple(
        msgspec.structs.replace(each, image_url=f"{shop.base_url}{each.image_url}") if each.image_url else each
        for each in _catalogue(shop.weight_unit, version)
    )


@lru_cache(32)
def _catalogue(unit: str, version: Version) -> tuple[ProductVariant, ...]:
    """Return the variants with the paths of their images. They cost 2 ms, and a process may open hundreds of shops."""
    return tuple(_variants(unit, version))


def _variants(unit: str, version: Version) -> Iterator[ProductVariant]:
    step = Decimal(1).scaleb(-version.weight_decimals)

    def weighed(grams: int) -> tuple[Weight | None, int]:
        value = (grams / GRAMS_PER_UNIT[unit]).quantize(step, ROUND_HALF_UP)
        return Weight(value, unit), int(value.scaleb(version.weight_decimals))

    chosen = {
        (letter, choice.value): (Option(name, choice.value, extra[0] if choice.grams else None), extra[1])
        for letter, (name, choices) in _OPTIONS.items()
        for choice in choices
        for extra in [weighed(choice.grams)]
    }
    for number, (code, name, model, cents, grams, letters, aisle) in enumerate(_products()):
        base = f"{code}-{_NOT_IN_A_CODE.sub('', model).upper()}"
        weight, units = weighed(grams) if grams and slug(base) not in _unweighed() else (None, 0)
        location = f"{aisle}{number % 9 + 1}-{'LMR'[number % 3]}{number % 14 + 1:02}" if aisle and number % 11 else ""
        for choices in combinations(*(_OPTIONS[letter][1] for letter in letters)):
            codes = [choice.code for choice in choices if choice.code]
            sku = "-".join([base, *codes]) if version.variant_code else base
            look = "-".join([base, *codes[letters.find("C") :][:1]]) if "C" in letters else base
            options = [chosen[letter, choice.value] for letter, choice in zip(letters, choices, strict=True)]
            named = ";".join(choice.value for choice in choices)
            yield ProductVariant(
                line_id=str(zlib.crc32(f"{base};{named}".encode())),
                sku=sku[: version.product_code_limit],
                name=f"{name} {model}" if number % 4 else f"{model} – {name.lower()}",
                cents=cents + sum(choice.cents for choice in choices),
                weight=weight,
                weight_units=units + sum(extra for _, extra in options),
                image_url="" if code in _NO_IMAGE else f"/images/detailed/0/{slug(look)}.png",
                location=location,
                options=tuple(option for option, _ in options),
                shippable=grams is not None,
                product=base[: version.product_code_limit],
            )


def _unweighed() -> set[str]:
    return {slug(code) for code in _NO_WEIGHT}


def _products() -> Iterator[tuple[str, str, str, int, int | None, str, str]]:
    """Yield every product: code, name, model, cents, grams, options, aisle."""
    for line in _FAMILIES.strip().split("\n"):
        code, name, models, cents, grams, letters, aisle = line.split("|")
        for place, model in enumerate(models.split(",")):
            price = round(int(cents) * (100 + 15 * place) / 100)
            yield code, name, model, price, int(grams) + 7 * place if grams else None, letters, aisle
