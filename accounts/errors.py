"""Refusals of accounts."""

from collections.abc import Iterable

from marketplace.common.errors import DomainError, Forbidden, InvalidInput, Kind


class InvalidCredentials(DomainError):
    """Wrong password or unknown account: the two look the same from outside."""

    kind = Kind.UNAUTHENTICATED
    code = "invalid_credentials"
    message = "The phone number, e-mail address or password is wrong."


class AccountNotVerified(Forbidden):
    code = "account_not_verified"
    message = "Confirm the phone number or e-mail address with the code that was sent to it."


class AccountSuspended(Forbidden):
    code = "account_suspended"
    message = "This account is suspended. Contact support."


class TokenNotValid(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "token_not_valid"
    message = "The refresh token is not valid any more. Sign in again."


class _WrongCode(InvalidInput):
    def __init__(self) -> None:
        super().__init__("code", self.message, code=self.code)


class InvalidCode(_WrongCode):
    """Wrong, expired, used up or for somebody unknown: all the same from outside."""

    code = "invalid_code"
    message = "The code is wrong or has expired. Ask for a new one."


class WrongSecondFactor(_WrongCode):
    """Wrong, used up, or of another account: all the same from outside."""

    code = "wrong_second_factor"
    message = "The code is wrong or was used already."


class SecondFactorRequired(Forbidden):
    """Staff without a code at sign-in, or with a token that was got without one."""

    code = "second_factor_required"
    message = "Sign in with a code of your second factor, or a recovery code, as `code`."


class SecondFactorNotEnrolled(Forbidden):
    """Staff of a deployment that demands a second factor, who have none yet."""

    code = "second_factor_not_enrolled"
    message = "Sign in to the console first, and add a second factor there."


class NoShop(Forbidden):
    code = "no_shop"
    message = "This needs a shop. Register one first."


class RoleRequired(Forbidden):
    """A member of a shop's team whose roles do not reach so far."""

    code = "role_required"

    def __init__(self, roles: Iterable[str] = ()) -> None:
        allowed = " or ".join(["owner", *sorted(roles)])
        super().__init__(f"Your role in this shop does not allow this: it is for {allowed}.")


class NotAllowed(Forbidden):
    code = "permission_denied"
    message = "You may not do this."


class LimitReached(DomainError):
    code = "limit_reached"
    message = "There are as many of these as an account can have."
