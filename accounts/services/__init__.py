"""Every write of accounts, a module per use case."""

from accounts.services.addresses import (
    archive_address,
    create_address,
    set_default_address,
    update_address,
)
from accounts.services.api_keys import create_api_key, revoke_api_key, revoke_keys_to_shop
from accounts.services.closing import close_account
from accounts.services.console import (
    end_other_sign_ins,
    end_own_sign_in,
    note_use,
    open_console_session,
)
from accounts.services.moderation import end_sign_in, end_sign_ins, suspend_user, unsuspend_user
from accounts.services.passwords import (
    change_password,
    request_password_reset,
    reset_password,
    set_password,
)
from accounts.services.profile import (
    remove_avatar,
    replace_identifiers,
    set_avatar,
    update_profile,
)
from accounts.services.pruning import prune_sign_ins
from accounts.services.refusals import record_refusal
from accounts.services.registration import register_user, resend_code, verify_code
from accounts.services.second_factor import (
    check_second_factor,
    enrol_second_factor,
    remove_second_factor,
    renew_recovery_codes,
    reset_second_factor,
)
from accounts.services.sessions import (
    check_credentials,
    is_login_limited,
    log_out,
    log_out_everywhere,
    refresh_session,
)
from accounts.services.signing_in import log_in
from accounts.services.staff import create_admin, setup_groups

__all__ = [
    "archive_address",
    "change_password",
    "check_credentials",
    "check_second_factor",
    "close_account",
    "create_address",
    "create_admin",
    "create_api_key",
    "end_other_sign_ins",
    "end_own_sign_in",
    "end_sign_in",
    "end_sign_ins",
    "enrol_second_factor",
    "is_login_limited",
    "log_in",
    "log_out",
    "log_out_everywhere",
    "note_use",
    "open_console_session",
    "prune_sign_ins",
    "record_refusal",
    "refresh_session",
    "register_user",
    "remove_avatar",
    "remove_second_factor",
    "renew_recovery_codes",
    "replace_identifiers",
    "request_password_reset",
    "resend_code",
    "reset_password",
    "reset_second_factor",
    "revoke_api_key",
    "revoke_keys_to_shop",
    "set_avatar",
    "set_default_address",
    "set_password",
    "setup_groups",
    "suspend_user",
    "unsuspend_user",
    "update_address",
    "update_profile",
    "verify_code",
]
