"""A small marketplace: whatever an address needs in order to get past its 404."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.constants import ApiScope
from accounts.models import User
from accounts.services.api_keys import create_api_key
from accounts.services.sessions import start_session
from accounts.tests.factories import PASSWORD, AddressFactory, StaffFactory, UserFactory
from accounts.tokens import token_pair
from cart.tests.factories import CartFactory, CartItemFactory
from catalog.alerts.tests.factories import AlertFactory
from catalog.bulk.constants import FileFormat
from catalog.bulk.models import ImportJob
from catalog.models import Product, ProductImage, ProductVariant
from catalog.tests.factories import BannerFactory, BrandFactory, VariantFactory
from catalog.wishlists.services import share_wishlist
from catalog.wishlists.tests.factories import WishFactory
from marketplace.common.ids import uuid7
from notifications.constants import NotificationType
from notifications.models import Notification
from notifications.webhooks.tests.factories import FailedWebhookFactory
from orders.documents.tests.factories import ready_invoice, ready_statement
from orders.fulfilment.models import Shipment
from orders.models import Order
from orders.returns.constants import ReturnStatus
from orders.returns.tests.factories import delivered as delivered_order
from orders.returns.tests.factories import return_in
from orders.settlement.tests.factories import make_payout
from orders.tests.factories import place
from reviews.tests.factories import (
    DeliveredItemFactory,
    QuestionFactory,
    ReviewFactory,
    ReviewImageFactory,
)
from shops.constants import TeamRole
from shops.models import Shop
from shops.shipping.constants import Carrier
from shops.tests.factories import (
    ShopFactory,
    ShopInvitationFactory,
    ShopMemberFactory,
    StoreLocationFactory,
)
from vouchers.models import Voucher
from vouchers.tests.factories import VoucherFactory


@dataclass
class World:
    """People and rows; `paths` fills the templates of addresses, `names` the fields of bodies."""

    buyer: User
    seller: User
    staff: User
    shop: Shop
    team: dict[str, User] = field(default_factory=dict)
    paths: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def path(self, template: str) -> str:
        """Return the address of a row that exists; of an unknown one for an unknown template."""
        parts, prefix = [], ""
        whole = "/".join("{}" if part.startswith("{") else part for part in template.split("/"))
        for part in template.split("/"):
            is_row = part.startswith("{")
            row = self.paths.get(whole) or self.paths.get(prefix) or uuid7()
            parts.append(str(row) if is_row else part)
            prefix += "{}/" if is_row else f"{part}/"
        return "/".join(parts)

    def caller(self, template: str) -> User:
        """Return who may use the address."""
        if template.startswith("/api/v1/admin/"):
            return self.staff
        if template.startswith("/api/v1/seller/memberships"):
            if template.endswith("/accept"):
                return self.team["invited"]
            return self.team["orders_member"]
        if template.startswith("/api/v1/seller/shops"):
            return self.buyer if template.endswith("/shops") else self.seller
        return self.seller if template.startswith("/api/v1/seller/") else self.buyer


def make_world() -> World:
    """Make one buyer with an order, a cart, an address and what they wrote, and one seller."""
    buyer, seller, staff = UserFactory(), UserFactory(), StaffFactory()
    shop = ShopFactory(owner=seller)
    variant: ProductVariant = VariantFactory(product__shop=shop, product__brand=BrandFactory())
    product: Product = variant.product
    image = ProductImage.objects.create(product=product, file="products/none.jpg", is_primary=True)
    store = StoreLocationFactory(shop=shop)
    banner = BannerFactory()
    address = AddressFactory(user=buyer)
    voucher: Voucher = VoucherFactory(shop=shop, code="GIAM-10", usage_limit=100)
    checkout = place((variant, 2), buyer=buyer, voucher_codes=[voucher.code])
    order = Order.objects.get(checkout=checkout)
    shipment = Shipment.objects.create(order=order, carrier=Carrier.MANUAL)
    cart_item = CartItemFactory(cart=CartFactory(user=buyer), variant=variant)
    notification = Notification.objects.create(
        user=buyer, type=NotificationType.ORDER_PLACED, event_key="test"
    )
    api_key, _secret = create_api_key(
        seller.pk, shop_id=shop.pk, name="ERP", scopes=[ApiScope.READ_PRODUCTS]
    )
    import_job = ImportJob.objects.create(shop=shop, actor=seller, format=FileFormat.CSV)
    alert = AlertFactory(user=buyer)
    review = ReviewFactory(order_item=DeliveredItemFactory(variant=variant, buyer=buyer))
    photo = ReviewImageFactory(review=review)
    question = QuestionFactory(product=product, user=buyer)
    returned = return_in(ReturnStatus.DISPUTED, delivered_order((variant, 2), buyer=buyer))
    invoice = ready_invoice(returned.order)
    delivered = DeliveredItemFactory(variant=variant, buyer=buyer)
    wish = WishFactory(wishlist__user=buyer, product=product)
    wishlist = share_wishlist(wish.wishlist_id, user=buyer)
    webhook = FailedWebhookFactory(endpoint__shop=shop)
    staff_webhook = FailedWebhookFactory(endpoint__shop=None)
    world = World(buyer, seller, staff, shop, _team(shop))
    world.paths = {
        f"/api/v1/{prefix}/": value
        for prefix, value in {
            "admin/banners": banner.pk,
            "admin/brands": product.brand_id,
            "admin/categories": product.category_id,
            "admin/products": product.pk,
            "admin/shops": shop.pk,
            "admin/users": buyer.pk,
            "admin/webhooks": staff_webhook.endpoint_id,
            "admin/webhooks/deliveries": staff_webhook.pk,
            "alerts": alert.pk,
            "brands": product.brand_id,
            "cart/items": cart_item.pk,
            "categories": product.category_id,
            "checkouts": checkout.pk,
            "notifications": notification.pk,
            "orders": order.number,
            "payments": checkout.payments.get().pk,
            "products": product.slug,
            "profile/addresses": address.pk,
            "questions": question.pk,
            "returns": returned.pk,
            "reviews": review.pk,
            "reviews/{}/images": photo.pk,
            "seller/api-keys": api_key.pk,
            "seller/images": image.pk,
            "seller/imports": import_job.pk,
            "seller/memberships": shop.pk,
            "seller/orders": order.pk,
            "seller/orders/{}/shipments": shipment.pk,
            "seller/payouts": make_payout(shop).pk,
            "seller/products": product.pk,
            "seller/questions": question.pk,
            "seller/returns": returned.pk,
            "seller/reviews": review.pk,
            "seller/standing": "cancellations",
            "seller/statements": ready_statement(shop).pk,
            "seller/stores": store.pk,
            "seller/team/invitations": shop.invitations.get().pk,
            "seller/team/members": shop.members.latest("pk").pk,
            "seller/variants": variant.pk,
            "seller/vouchers": voucher.pk,
            "seller/webhooks": webhook.endpoint_id,
            "seller/webhooks/deliveries": webhook.pk,
            "shops": shop.slug,
            "wishlists": wishlist.pk,
            "wishlists/shared": wishlist.share_token,
            "wishlists/{}/items": wish.pk,
        }.items()
    }
    # Rows of these addresses alone.
    world.paths["/api/v1/orders/{}/invoice"] = invoice.order.number
    world.paths["/api/v1/seller/orders/{}/invoice"] = invoice.order_id
    world.names = {
        "address_id": address.pk,
        "banner_id": banner.pk,
        "billing_address_id": address.pk,
        "brand_id": product.brand_id,
        "category_id": product.category_id,
        "current_password": PASSWORD,
        "ends_at": "2031-01-01T00:00:00Z",
        "link": "/sale",
        "parent_id": product.category_id,
        "password": PASSWORD,
        "order_id": delivered.order_id,
        "order_item_id": delivered.pk,
        "product_id": product.pk,
        "member_id": shop.members.latest("pk").pk,
        "role": TeamRole.ORDERS,
        "url": "https://hooks.example.com/in",
        "value": "10",
        "variant_id": variant.pk,
        "wishlist_id": wishlist.pk,
    }
    return world


def _team(shop: Shop) -> dict[str, User]:
    """Make a member of each role, one who was, and one who has not answered an invitation."""
    members = {
        f"{role}_member": ShopMemberFactory(shop=shop, roles=[role]).user for role in TeamRole
    }
    former = ShopMemberFactory(shop=shop)
    former.delete()
    invited = UserFactory(email_verified_at=timezone.now())
    ShopInvitationFactory(shop=shop, email=invited.email)
    return {**members, "former_member": former.user, "invited": invited}


def sign_in(user: User) -> APIClient:
    """Return a caller with a real access token, whom a 500 does not stop."""
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=bearer(user)["Authorization"])
    return client


def bearer(user: User) -> dict[str, str]:
    """Return the headers of a user who has just signed in."""
    session = start_session(user, user_agent="", ip_address="")
    return {"Authorization": f"Bearer {token_pair(session)['access']}"}
