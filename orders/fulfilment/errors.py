"""Refusals of fulfilment."""

from marketplace.common.errors import DomainError, InvalidTransition


class NotPackable(InvalidTransition):
    """Parcels are made between the order's confirmation and its handing over."""

    message = "Parcels are made of an order that is confirmed and has not been handed over."


class MoneyBack(InvalidTransition):
    """Nobody pays for these goods any more."""

    message = (
        "What was paid for these goods went back to the buyer, or is on its way: cancel the order "
        "instead of sending it."
    )


class NothingLeft(DomainError):
    code = "nothing_left_to_ship"
    message = "Everything of this order is in a parcel already."


class ParcelsExist(DomainError):
    """A tracking number by hand, for an order whose parcels have numbers of their own."""

    code = "parcels_exist"
    message = "This order's parcels are there already, with tracking numbers of their own."


class ParcelHasLeft(InvalidTransition):
    message = "A parcel that is on its way, or has ended, cannot be called off."


class LabelNotReady(DomainError):
    code = "label_not_ready"
    message = "There is no parcel with a label yet: book one, or wait until the carrier has it."
