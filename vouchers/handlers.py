"""What vouchers have to say when somebody asks for their data."""

from accounts.hooks import export_sections
from vouchers.selectors import held_redemptions

export_sections["vouchers"] = held_redemptions
