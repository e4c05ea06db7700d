"""Entities that can only be read: payment and shipping methods, storefronts, taxes, categories, settings."""

from __future__ import annotations

from mockstore.orders.virtual import SHIPPING_METHODS
from mockstore.rest.message import Row
from mockstore.rest.numbers import PAYMENTS, SHIPPING_IDS
from mockstore.rest.products import CATEGORY, PRODUCTS_PER_PAGE
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop
from mockstore.shop.versions import Version


def payments(shop: Shop, known: Version) -> list[Row]:
    """Return the payment methods that can be chosen."""
    return [
        {
            "payment_id": number,
            "company_id": "1",
            "status": "A",
            "payment": name,
            "processor_id": "0",
            **({"processor_params": ""} if known.rest_processor_params else {}),
        }
        for number, name in PAYMENTS.items()
    ]


def shippings(shop: Shop, known: Version) -> list[Row]:
    """Return the shipping methods that can be chosen."""
    return [
        {
            "shipping_id": str(number),
            "company_id": "1",
            "status": "A",
            "shipping": name,
            "rate_calculation": "M",
            "default_rate": f"{SHIPPING_METHODS[name] / 100:.2f}",
        }
        for name, number in SHIPPING_IDS.items()
    ]


def stores(shop: Shop, known: Version) -> list[Row]:
    """Return the only storefront."""
    return [{"company_id": "1", "company": shop.name, "storefront": shop.base_url, "status": "A", "email": ""}]


def taxes(shop: Shop, known: Version) -> list[Row]:
    """Return the only tax."""
    return [{"tax_id": "6", "tax": "VAT", "status": "A", "price_includes_tax": "N", "address_type": "S"}]


def categories(shop: Shop, known: Version) -> list[Row]:
    """Return the only category."""
    return [CATEGORY]


def settings(shop: Shop, known: Version) -> list[Row]:
    """Return the settings that the store uses."""
    pages = {"admin_products_per_page": str(PRODUCTS_PER_PAGE), known.page_size_setting: str(shop.orders_per_page)}
    values = {
        **pages,
        "timezone": shop.timezone,
        "weight_symbol": shop.weight_unit,
        "weight_symbol_grams": str(GRAMS_PER_UNIT[shop.weight_unit].normalize()),
    }
    return [
        {"object_id": str(number), "name": name, "section_name": "Appearance", "value": value}
        for number, (name, value) in enumerate(values.items(), start=1)
    ]


FIXED_ENTITIES = {
    "payments": ("payment_id", payments),
    "shippings": ("shipping_id", shippings),
    "stores": ("company_id", stores),
    "taxes": ("tax_id", taxes),
    "categories": ("category_id", categories),
    "settings": ("object_id", settings),
}
"""Entity → name of its id, and the function that returns its rows."""
