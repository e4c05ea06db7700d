"""Countries, as the two-letter codes of ISO 3166-1 alpha-2.

The codes are written here and not taken from a library. pycountry (compared at 26.2.16) has the same 249
codes, but not XK; it takes 23 MB, most of it translations, and it knows neither which countries have no
postal codes nor the military "states" of the US (AA, AE, AP) and the names that shops use (``Québec``,
``Virgin Islands``), so ``mockstore/orders/states.py`` would stay as well. iso3166 has only the codes: it
would be one more dependency for a list that changes about once in ten years.
"""

from __future__ import annotations

COUNTRIES = frozenset(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
        "BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI "
        "FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN "
        "IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
        "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
        "PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
        "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK "
        "YE YT ZA ZM ZW"
    ).split()
)
"""ISO 3166-1 alpha-2, and XK, which postal services use for Kosovo."""

WITHOUT_POSTAL_CODE = frozenset(
    (
        "AE AG AO AW BF BI BJ BO BQ BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GN GQ GY HK IE JM KE KI "
        "KM KN KP LC LY ML MO MR MW NR NU PA QA RW SB SC SL SO SR SS ST SX SY TD TF TG TK TL TO TT TV UG VC VU WS YE ZW"
    ).split()
)
"""Countries where an address may have no postal code."""

WITH_STATE = frozenset(("AU", "BR", "CN", "IN", "MX", "MY"))
"""Countries, besides the US and Canada, where a postal address isn't complete without its state."""
