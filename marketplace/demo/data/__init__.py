"""The words of the demo: a Vietnamese marketplace that never was. Every brand is invented."""

from marketplace.demo.data.departments import DEPARTMENTS, Department, Section
from marketplace.demo.data.goods import (
    COLOURS,
    DESCRIPTIONS,
    MATERIALS,
    OPTIONS,
    ORIGINS,
    PRICED_OPTIONS,
    QUALITIES,
    WARRANTIES,
)
from marketplace.demo.data.people import (
    CITIES,
    FAMILY_NAMES,
    GIVEN_NAMES,
    MIDDLE_NAMES,
    STREETS,
    City,
)
from marketplace.demo.data.shops import BRANDS, PENDING_SHOP, SHOP_PREFIXES, SHOP_SUFFIXES, SHOPS
from marketplace.demo.data.talk import CANCEL_REASONS, QUESTIONS, REPLIES, REVIEWS

__all__ = [
    "BRANDS",
    "CANCEL_REASONS",
    "CITIES",
    "COLOURS",
    "DEPARTMENTS",
    "DESCRIPTIONS",
    "FAMILY_NAMES",
    "GIVEN_NAMES",
    "MATERIALS",
    "MIDDLE_NAMES",
    "OPTIONS",
    "ORIGINS",
    "PENDING_SHOP",
    "PRICED_OPTIONS",
    "QUALITIES",
    "QUESTIONS",
    "REPLIES",
    "REVIEWS",
    "SHOPS",
    "SHOP_PREFIXES",
    "SHOP_SUFFIXES",
    "STREETS",
    "WARRANTIES",
    "City",
    "Department",
    "Section",
]
