"""The pictures of products: small PNG files that are computed from the product's code."""

from __future__ import annotations

import zlib
from functools import lru_cache
from hashlib import blake2b

SIDE_PX = 64
BLOCK_PX = 8


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


@lru_cache(maxsize=1024)
def make_picture(sku_slug: str) -> bytes:
    """Return a PNG of coloured blocks, symmetrical like a shield. The same text always gives the same picture."""
    digest = blake2b(sku_slug.encode("utf-8", "surrogatepass"), digest_size=32).digest()
    dark = [channel // 2 for channel in digest[:3]]
    light = [255 - channel // 3 for channel in digest[3:6]]
    palette = bytes([*light, *dark, *digest[6:9]])
    rows = []
    half = SIDE_PX // BLOCK_PX // 2
    for row in range(SIDE_PX // BLOCK_PX):
        left = [byte % 3 for byte in digest[row * 3 % 24 : row * 3 % 24 + half]]
        blocks = bytes(left + left[::-1])
        line = b"\0" + b"".join(bytes([block]) * BLOCK_PX for block in blocks)
        rows.append(line * BLOCK_PX)
    header = SIDE_PX.to_bytes(4, "big") * 2 + bytes([8, 3, 0, 0, 0])  # 8 bits, palette
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        )
    )
