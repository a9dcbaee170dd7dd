"""What the cart does when people sign in, leave, or ask what is held about them."""

from accounts.events import AccountClosed
from accounts.hooks import export_sections, sign_in_hooks
from cart.selectors import held_lines
from cart.services import drop_cart, merge_guest_cart
from marketplace.common.outbox.registry import handles

sign_in_hooks.append(merge_guest_cart)
export_sections["cart"] = held_lines


@handles(AccountClosed)
def drop_cart_of_closed_account(event: AccountClosed) -> None:
    drop_cart(event.user_id)
