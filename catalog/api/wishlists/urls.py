from django.urls import URLPattern, URLResolver, path

from catalog.api.wishlists import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("wishlists", views.WishlistsView.as_view()),
    path("wishlists/default/items", views.DefaultWishlistItemsView.as_view()),
    path("wishlists/shared/<slug:token>", views.SharedWishlistView.as_view()),
    path("wishlists/<uuid:pk>", views.WishlistView.as_view()),
    path("wishlists/<uuid:pk>/share", views.WishlistShareView.as_view()),
    path("wishlists/<uuid:pk>/items", views.WishlistItemsView.as_view()),
    path("wishlists/<uuid:pk>/items/<uuid:item_pk>", views.WishlistItemView.as_view()),
]
