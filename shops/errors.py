"""Refusals of shops."""

from marketplace.common.errors import DomainError, Kind


class ShopNotActive(DomainError):
    """What only an open shop may do."""

    kind = Kind.FORBIDDEN
    code = "shop_not_active"
    message = "Only an approved shop may do this."


class ShopExists(DomainError):
    """A second shop of one user."""

    code = "shop_exists"
    message = "You have a shop already: change it with PATCH /api/v1/seller/shops/me."


class TooManyLocations(DomainError):
    """The shop has as many store locations as it may have."""

    code = "too_many_locations"
    message = "This shop has as many store locations as it may have."
