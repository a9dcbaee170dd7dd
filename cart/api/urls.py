from django.urls import URLPattern, URLResolver, path

from cart.api.views import CartItemView, CartSyncView, CartView

urlpatterns: list[URLPattern | URLResolver] = [
    path("cart", CartView.as_view(), name="cart"),
    path("cart/sync", CartSyncView.as_view(), name="cart-sync"),
    path("cart/items/<uuid:item_id>", CartItemView.as_view(), name="cart-item"),
]
