"""From nothing to a verified account."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.constants import (
    OTP_TTL_SECONDS,
    UNVERIFIED_KEEPS_PASSWORD_SECONDS,
    Channel,
    CodePurpose,
)
from accounts.errors import AccountSuspended, InvalidCode
from accounts.events import IdentifierChanged, IdentifierTaken, UserVerified
from accounts.identifiers import channel_of, mask
from accounts.models import OneTimeCode, Session, User
from accounts.password_rules import check_new_password
from accounts.services.one_time_codes import (
    check_code,
    issue_code,
    may_send,
    spend_code,
    was_just_sent,
)
from accounts.services.sessions import start_session
from marketplace.common.errors import InvalidInput
from marketplace.common.outbox.services import publish


@dataclass(frozen=True)
class Registration:
    """What the answer to a registration shows, whether or not an account came of it."""

    user: User
    channel: Channel
    destination: str
    expires_in: int = OTP_TTL_SECONDS


def register_user(
    *,
    phone_number: str | None,
    email: str | None,
    password: str,
    full_name: str,
    language: str,
) -> Registration:
    """Register somebody and send a one-time code to the phone number, or else to the mailbox.

    The answer is the same when the identifier is taken: its owner gets a notice instead of a code.
    Identifiers must be normalised.
    Raises: InvalidInput for a weak password.
    Publishes: accounts.code_issued or accounts.identifier_taken.
    """
    wanted = User(phone_number=phone_number, email=email, full_name=full_name, language=language)
    check_new_password("password", password, wanted)
    destination = phone_number or email
    if destination is None:
        raise InvalidInput("phone_number", "Give a phone number, an e-mail address or both.")
    _hash_once(wanted, password, destination)
    can_send = may_send(destination)
    try:
        _register(wanted, password, destination, can_send)
    except IntegrityError:
        # Somebody took an identifier between the look and the insert: look again.
        _register(wanted, password, destination, can_send)
    return Registration(wanted, channel_of(destination), mask(destination))


def _hash_once(wanted: User, password: str, destination: str) -> None:
    """Give `wanted` a stored password by exactly one slow hash, whoever has the identifier.

    None of them, or two, would tell by the time it takes whether somebody is registered there. Next
    to a registration that waits, it gets that one's password when it is the same, else none.
    """
    holder = User.objects.identified_by(destination).first()
    if holder is None or holder.is_verified or _is_stale(holder):
        wanted.password = make_password(password)
    elif check_password(password, holder.password):
        wanted.password = holder.password
    else:
        wanted.set_unusable_password()


@transaction.atomic
def _register(wanted: User, password: str, destination: str, can_send: bool) -> None:
    holder = _holder(destination)
    if holder is not None and is_proven(holder, destination):
        if can_send:
            channel = channel_of(destination)
            publish(IdentifierTaken(user_id=holder.pk, channel=channel.value))
        return
    if holder is not None and holder.is_verified:
        # An identifier that its holder never confirmed claims nothing.
        _release(holder, destination)
        holder = None
    user = (
        _create(wanted, destination)
        if holder is None
        else _renew(holder, wanted, password, destination)
    )
    if can_send and not was_just_sent(user.pk, CodePurpose.VERIFY, destination):
        issue_code(user, CodePurpose.VERIFY, destination)


def _holder(identifier: str) -> User | None:
    row = User.objects.identified_by(identifier).values_list("pk", flat=True).first()
    return User.objects.lock(row) if row else None


def is_proven(user: User, identifier: str) -> bool:
    """Tell whether the account's owner has read a code that was sent to this identifier."""
    if channel_of(identifier) == Channel.EMAIL:
        return user.email_verified_at is not None
    return user.phone_verified_at is not None


def _release(user: User, identifier: str) -> None:
    field = "email" if channel_of(identifier) == Channel.EMAIL else "phone_number"
    setattr(user, field, None)
    user.save(update_fields=[field, "updated_at"])


def _create(wanted: User, destination: str) -> User:
    return User.objects.create(
        id=wanted.pk,
        password=wanted.password,
        full_name=wanted.full_name,
        language=wanted.language,
        **_claimed(wanted, destination),
    )


def _claimed(wanted: User, destination: str, *, but: User | None = None) -> dict[str, str | None]:
    """Return the identifiers to store; a second one that somebody else than `but` holds is none."""
    fields = {"phone_number": wanted.phone_number, "email": wanted.email}
    for field, identifier in fields.items():
        if identifier and identifier != destination:
            other = _holder(identifier)
            if other is None or other == but:
                continue
            if is_proven(other, identifier) or not other.is_verified:
                fields[field] = None
            else:
                _release(other, identifier)
    return fields


def _renew(holder: User, wanted: User, password: str, destination: str) -> User:
    """Register again what was never verified.

    Whoever enters the code must not end up with somebody else's password or second identifier:
    while an earlier registration may still be verified, another password makes both worthless, and
    the owner sets one by "forgot password".
    """
    fields = ["full_name", "language", "password", "phone_number", "email", "updated_at"]
    for field, identifier in _claimed(wanted, destination, but=holder).items():
        setattr(holder, field, identifier)
    holder.full_name, holder.language = wanted.full_name, wanted.language
    if _is_stale(holder):
        holder.password = wanted.password
        holder.created_at = timezone.now()
        fields.append("created_at")
    elif holder.password != wanted.password and not (
        # Only a registration that came in between still has to be compared.
        wanted.has_usable_password() and check_password(password, holder.password)
    ):
        holder.set_unusable_password()
    holder.save(update_fields=fields)
    return holder


def _is_stale(holder: User) -> bool:
    """Whether a registration is so old, with no code sent since, that nobody waits for it."""
    before = timezone.now() - timedelta(seconds=UNVERIFIED_KEEPS_PASSWORD_SECONDS)
    if holder.created_at >= before:
        return False
    sent = OneTimeCode.objects.filter(user=holder, purpose=CodePurpose.VERIFY)
    return not sent.filter(created_at__gte=before).exists()


def resend_code(identifier: str) -> None:
    """Send a new code for an identifier that waits for one; does nothing otherwise.

    Publishes: accounts.code_issued.
    """
    user = User.objects.open().identified_by(identifier).first()
    can_send = may_send(identifier)
    if user is None or is_proven(user, identifier) or not can_send:
        return
    with transaction.atomic():
        user = User.objects.lock(user.pk)
        if not was_just_sent(user.pk, CodePurpose.VERIFY, identifier):
            issue_code(user, CodePurpose.VERIFY, identifier)


def verify_code(
    identifier: str,
    digits: str,
    *,
    caller: User | None = None,
    user_agent: str = "",
    ip_address: str = "",
) -> Session:
    """Confirm a phone number or e-mail address by its code, and sign in.

    A signed-in caller confirms a new identifier of their own with it. So do callers who confirm the
    second identifier of an account: it may be a stranger's, by mistake or on purpose, and reading
    what is sent there opens nothing that the first one has.
    Raises: InvalidCode, whatever was wrong; AccountSuspended for the right code.
    Publishes: accounts.user_verified for a new account, accounts.identifier_changed.
    """
    if caller is not None and _has_change_code(caller.pk, identifier):
        checked = check_code(caller.pk, CodePurpose.CHANGE_IDENTIFIER, identifier, digits)
    else:
        user_id = User.objects.identified_by(identifier).values_list("pk", flat=True).first()
        checked = check_code(user_id, CodePurpose.VERIFY, identifier, digits)
    try:
        return _confirm(checked, caller, user_agent=user_agent, ip_address=ip_address)
    except IntegrityError as error:
        # The new identifier was confirmed by somebody else meanwhile.
        raise InvalidCode from error


def _has_change_code(user_id: UUID, identifier: str) -> bool:
    purpose = CodePurpose.CHANGE_IDENTIFIER
    codes = OneTimeCode.objects.live().filter(user_id=user_id, purpose=purpose)
    return codes.filter(destination=identifier).exists()


@transaction.atomic
def _confirm(
    code: OneTimeCode, caller: User | None, *, user_agent: str, ip_address: str
) -> Session:
    user = User.objects.lock(code.user_id)
    spend_code(code)
    if not user.is_active:
        raise AccountSuspended
    was_verified = user.is_verified
    if code.purpose == CodePurpose.CHANGE_IDENTIFIER:
        _replace_identifier(user, code)
    elif code.destination not in {user.email, user.phone_number} or (
        was_verified and caller != user and not is_proven(user, code.destination)
    ):
        raise InvalidCode
    mark_proven(user, Channel(code.channel))
    if not was_verified:
        publish(UserVerified(user_id=user.pk))
    return start_session(user, user_agent=user_agent, ip_address=ip_address)


def _replace_identifier(user: User, code: OneTimeCode) -> None:
    field = "email" if code.channel == Channel.EMAIL else "phone_number"
    old = getattr(user, field)
    holder = _holder(code.destination)
    if holder is not None and holder.pk != user.pk:
        if is_proven(holder, code.destination) or not holder.is_verified:
            raise InvalidCode
        _release(holder, code.destination)
    setattr(user, field, code.destination)
    user.save(update_fields=[field, "updated_at"])
    if old and old != code.destination:
        publish(
            IdentifierChanged(user_id=user.pk, channel=Channel(code.channel), old_destination=old)
        )


def mark_proven(user: User, channel: Channel) -> None:
    """Note that the owner of the account reads what is sent to this identifier."""
    field = "email_verified_at" if channel == Channel.EMAIL else "phone_verified_at"
    setattr(user, field, timezone.now())
    user.save(update_fields=[field, "updated_at"])
