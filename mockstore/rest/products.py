"""The products that can be ordered: the shop's own, and those created in the API."""

from __future__ import annotations

import re
import zlib
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import msgspec

from mockstore.orders.model import Item, Weight
from mockstore.orders.products import ProductVariant, catalogue
from mockstore.rest.message import FieldReader, NoSuchRow, RestError, RestReply, Row, page_of
from mockstore.rest.numbers import option_id, variant_id
from mockstore.shop.shop import Shop
from mockstore.shop.versions import Version, version
from mockstore.store.memos import read_memo
from mockstore.store.store import Store

MEMO_NAME = "products"
FIRST_CREATED_ID = 10_001
PRODUCTS_PER_PAGE = 10
"""Rows on a page of products."""
CATEGORY = {"category_id": "1", "parent_id": "0", "category": "Catalog", "status": "A", "company_id": "1"}
"""The only category of the shop."""


class CreatedProduct(msgspec.Struct, frozen=True):
    """A product that was created in the API."""

    name: str
    code: str
    price: Decimal
    weight: Decimal
    status: str = "A"


class _Products(msgspec.Struct, frozen=True):
    made: dict[str, CreatedProduct] = {}
    following: int = FIRST_CREATED_ID


@lru_cache(8)
def shop_products(shop: Shop, known: Version) -> dict[str, tuple[ProductVariant, ...]]:
    """Return the variants of each of the shop's own products, by the product's id."""
    by_code: dict[str, list[ProductVariant]] = {}
    for variant in catalogue(shop, known):
        by_code.setdefault(variant.product, []).append(variant)
    return {str(number): tuple(variants) for number, variants in enumerate(by_code.values(), start=1)}


@lru_cache(8)
def _lines(shop: Shop, known: Version) -> dict[str, str]:
    return {each.line_id: number for number, variants in shop_products(shop, known).items() for each in variants}


def _read_memo(text: str | None) -> _Products:
    return read_memo(text, _Products)


def product_id(item: Item, store: Store) -> str:
    """Return the id of the product of an order's line."""
    if made := _MADE_LINE.fullmatch(item.line_id):
        return str(int(made.group(1)))
    number = _lines(store.shop, store.version).get(item.line_id)
    return number or str(100_000 + zlib.crc32(f"{item.sku};{item.name}".encode("utf-8", "replace")) % 900_000)


_MADE_LINE = re.compile(r"9(\d{7})\d{3}", re.ASCII)
"""The id of a line with a created product: it is longer than others and contains the product's id."""


def make_line(number: str, choices: FieldReader, amount: int, place: int, store: Store) -> Item:
    """Return a line of an order with that product and the chosen options.

    Raises:
        RestError: 400, there is no such product or no such option.
    """
    known = store.version
    amount = min(amount, known.quantity_limit)
    if variants := shop_products(store.shop, known).get(number):
        return _shop_line(variants, choices, amount)
    product = _read_memo(store.memo(MEMO_NAME)).made.get(number)
    if product is None:
        raise RestError(400, f"{choices.path.partition('product_options')[0].rstrip('.')}: there is no such product")
    return Item(
        line_id=f"9{int(number):07}{place:03}",
        sku=product.code[: known.product_code_limit],
        name=product.name,
        quantity=amount,
        unit_price=product.price,
        weight=Weight(product.weight, store.shop.weight_unit) if product.weight else None,
    )


def _shop_line(variants: tuple[ProductVariant, ...], choices: FieldReader, amount: int) -> Item:
    wanted = {name: choices.text(name) for name in choices.sent}
    for variant in variants:
        chosen = {option_id(option.name): variant_id(option.name, option.value) for option in variant.options}
        if all(chosen.get(option) == value for option, value in wanted.items()):
            return Item(
                variant.line_id,
                variant.sku,
                variant.name,
                amount,
                Decimal(variant.cents).scaleb(-2),
                variant.weight,
                variant.image_url,
                variant.location,
                variant.options,
                variant.shippable,
            )
    raise RestError(400, f"{choices.path.rstrip('.')}: the product has no such options")


class Products:
    """``/api/products``: list, read, create, delete."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = version(store.shop.version)

    def _rows(self) -> dict[str, Row]:
        shop, known = self._store.shop, self._known
        rows = {
            number: self._row(number, each[0].name, each[0].product, Decimal(each[0].cents).scaleb(-2), each[0].weight)
            for number, each in shop_products(shop, known).items()
        }
        for number, product in _read_memo(self._store.memo(MEMO_NAME)).made.items():
            weight = Weight(product.weight, shop.weight_unit)
            rows[number] = self._row(number, product.name, product.code, product.price, weight, product.status)
        return rows

    def _row(self, number: str, name: str, code: str, price: Decimal, weight: Weight | None, status: str = "A") -> Row:
        step = Decimal(1).scaleb(-self._known.weight_decimals)
        return {
            "product_id": number,
            "product": name,
            "product_code": code,
            "product_type": "P",
            "status": status,
            "company_id": "1",
            "price": f"{price:.2f}",
            "amount": "1000",
            "weight": str((weight.value if weight else Decimal(0)).quantize(step)),
            "category_ids": [int(CATEGORY["category_id"])],
            "main_category": int(CATEGORY["category_id"]),
        }

    def page(self, params: Row, size: int) -> tuple[list[Row], Row]:
        """Return a page of products, by id."""
        rows = list(self._rows().values())
        if code := params.get("pcode"):
            rows = [row for row in rows if row["product_code"] == code]
        return page_of(rows, lambda row: row, params, size)

    def read(self, number: str) -> Row:
        """Return a product.

        Raises:
            RestError: 404, there is no such product.
        """
        if number not in (rows := self._rows()):
            raise NoSuchRow
        return rows[number]

    def create(self, fields: FieldReader) -> RestReply:
        """Create a product; ``product``, ``price`` and ``category_ids`` are required.

        Raises:
            RestError: 400, a field is wrong.
        """
        fields.need("product", "category_ids", "price")
        step = Decimal(1).scaleb(-self._known.weight_decimals)
        product = CreatedProduct(
            fields.text("product"),
            fields.text("product_code")[: self._known.product_code_limit],
            fields.decimal("price", Decimal(0)).quantize(Decimal("0.01"), ROUND_HALF_UP),
            fields.decimal("weight", Decimal(0)).quantize(step, ROUND_HALF_UP),
            fields.text("status", "A"),
        )
        with self._store.transaction() as work:
            kept = _read_memo(work.memo(MEMO_NAME))
            number = str(kept.following)
            kept = _Products({**kept.made, number: product}, kept.following + 1)
            work.remember(MEMO_NAME, msgspec.json.encode(kept).decode())
        shown: object = int(number) if self._known.rest_product_id == "number" else number
        return RestReply(201, {"product_id": shown})

    def delete(self, number: str) -> None:
        """Delete a product that was created.

        Raises:
            RestError: 404, there is no such product; 403, it is one of the shop's own.
        """
        if number in shop_products(self._store.shop, self._known):
            raise RestError(403, "this is one of the shop's own products, which its orders contain")
        with self._store.transaction() as work:
            kept = _read_memo(work.memo(MEMO_NAME))
            if number not in kept.made:
                raise NoSuchRow
            made = {key: product for key, product in kept.made.items() if key != number}
            work.remember(MEMO_NAME, msgspec.json.encode(_Products(made, kept.following)).decode())
