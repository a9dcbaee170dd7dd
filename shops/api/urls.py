from django.urls import URLPattern, URLResolver, path

from marketplace.common.api.routers import Router
from shops.api import staff, team, views
from shops.constants import ShopImage

router = Router()
router.register("shops", views.ShopViewSet, basename="shop")
router.register("stores", views.StoreViewSet, basename="store")
router.register("seller/stores", views.OwnStoreViewSet, basename="seller-store")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("admin/shops", staff.StaffShopListView.as_view(), name="staff-shops"),
    path("admin/shops/<uuid:pk>/status", staff.ShopStatusView.as_view(), name="staff-shop-status"),
    path("seller/team", team.TeamView.as_view()),
    path("seller/team/owner", team.OwnerView.as_view()),
    path("seller/team/members/<uuid:pk>", team.MemberView.as_view()),
    path("seller/team/invitations", team.InvitationsView.as_view()),
    path("seller/team/invitations/<uuid:pk>", team.InvitationView.as_view()),
    path("seller/team/invitations/<uuid:pk>/resend", team.ResendInvitationView.as_view()),
    path("seller/memberships", team.MembershipsView.as_view()),
    path("seller/memberships/accept", team.AcceptInvitationView.as_view()),
    path("seller/memberships/<uuid:shop_id>", team.MembershipView.as_view()),
    path("seller/shops", views.RegisterShopView.as_view(), name="seller-shop-register"),
    path("seller/shops/me/holiday", views.HolidayView.as_view()),
    path("seller/shops/me", views.OwnShopView.as_view(), name="seller-shop"),
    *(
        path(
            f"seller/shops/me/{kind}",
            views.OwnShopImageView.as_view(kind=ShopImage(kind)),
            name=f"seller-shop-{kind}",
        )
        for kind in ShopImage.values
    ),
]
