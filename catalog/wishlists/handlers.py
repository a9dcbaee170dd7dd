"""What becomes of wishlists when their owner leaves, or asks what is held about them."""

from accounts.events import AccountClosed
from accounts.hooks import export_sections
from catalog.wishlists.selectors import held_wishlists
from catalog.wishlists.services import forget_wishlists
from marketplace.common.outbox.registry import handles

export_sections["wishlists"] = held_wishlists


@handles(AccountClosed)
def forget_wishlists_of_closed_account(event: AccountClosed) -> None:
    forget_wishlists(event.user_id)
