"""Refusals of shops."""

from marketplace.common.errors import DomainError, Forbidden, InvalidInput


class ShopNotActive(Forbidden):
    """What only an open shop may do."""

    code = "shop_not_active"
    message = "Only an approved shop may do this."


class ConflictOfInterest(Forbidden):
    """Staff who would decide about themselves, or about a shop that they work for."""

    code = "conflict_of_interest"
    message = "This is about you, or a shop that you work for: somebody else has to decide it."


class InvalidInvitation(InvalidInput):
    """Unknown, used, revoked, replaced or expired: all the same from outside."""

    def __init__(self) -> None:
        message = "This invitation is not valid any more. Ask the shop for a new one."
        super().__init__("token", message, code="invalid_invitation")


class WrongAccount(Forbidden):
    """The invitation is for another mailbox, or this account has not confirmed that it is its."""

    code = "wrong_account"
    message = "Sign in as the one who was invited, and confirm that e-mail address first."


class AlreadyMember(DomainError):
    code = "already_member"
    message = "This person belongs to the shop already."


class AlreadyInvited(DomainError):
    code = "already_invited"
    message = "There is an open invitation to this address: send it again, or revoke it."


class TeamFull(DomainError):
    code = "team_full"
    message = "There are as many members and invitations as there can be."


class OwnerCannotLeave(DomainError):
    code = "owner_cannot_leave"
    message = "A shop has an owner at all times: hand it over first, or close it."


class OwnsAnotherShop(DomainError):
    code = "owns_another_shop"
    message = "This member owns a shop already, and nobody owns two."


class ShopExists(DomainError):
    """A second shop of one user."""

    code = "shop_exists"
    message = "You have a shop already: change it with PATCH /api/v1/seller/shops/me."


class TooManyLocations(DomainError):
    """The shop has as many store locations as it may have."""

    code = "too_many_locations"
    message = "This shop has as many store locations as it may have."
