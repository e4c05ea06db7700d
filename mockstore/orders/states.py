"""The states and provinces of the two countries whose addresses need a two-letter code (CUS-6).

Not pycountry: its source, ISO 3166-2, has no codes of military addresses (AA, AE, AP), and only
one spelling of each name.
"""

from __future__ import annotations

_US = """
AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa
KS Kansas|KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota
MS Mississippi|MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey
NM New Mexico|NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon
PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah
VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming|AS American Samoa
GU Guam|MP Northern Mariana Islands|PR Puerto Rico|VI Virgin Islands|UM U.S. Minor Outlying Islands
AA Armed Forces Americas|AE Armed Forces Europe|AP Armed Forces Pacific
"""
_CA = """
AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador
NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec
QC Québec|SK Saskatchewan|YT Yukon
"""


def _codes(table: str) -> dict[str, str]:
    rows = (row.partition(" ") for line in table.split("\n") for row in line.split("|") if row)
    return {name.casefold(): code for code, _, name in rows}


STATE_CODES = {"US": _codes(_US), "CA": _codes(_CA)}
"""Country → name of a state in lower case → its two-letter code."""


def state_code(country: str, state: str) -> str:
    """Return the two-letter code of a US state or Canadian province; any other state unchanged."""
    return STATE_CODES.get(country, {}).get(state.strip().casefold(), state)
