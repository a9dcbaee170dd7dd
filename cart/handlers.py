"""What the cart does when people sign in."""

from accounts.hooks import sign_in_hooks
from cart.services import merge_guest_cart

sign_in_hooks.append(merge_guest_cart)
