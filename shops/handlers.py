"""What shops do when their owners leave, or ask what is held about them."""

from accounts.hooks import closing_checks, export_sections
from shops.selectors import held_shop
from shops.services.states import end_shop_of

closing_checks.append(end_shop_of)
export_sections["shop"] = held_shop
