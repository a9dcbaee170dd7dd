"""Parcels that a shop sends by means of its own: nobody to ask, nobody who reports."""

from marketplace.common.webhooks import Message, SignatureInvalid
from shops.shipping.carriers.base import Booked, Fee, FeeRequest, ParcelOrder, Report
from shops.shipping.errors import CarrierRefused


class Manual:
    missing_settings: list[str] = []

    def fee(self, request: FeeRequest, *, timeout_seconds: float) -> Fee:
        raise CarrierRefused("by_hand", "The rate table has the price.")

    def create(self, order: ParcelOrder) -> Booked:
        return Booked(tracking_number="", fee_amount=0)

    def label(self, tracking_number: str) -> bytes | None:
        return None

    def cancel(self, reference: str, tracking_number: str) -> None:
        return None

    def track(self, reference: str, tracking_number: str) -> Report | None:
        return None

    def parse_webhook(self, message: Message) -> Report:
        raise SignatureInvalid
