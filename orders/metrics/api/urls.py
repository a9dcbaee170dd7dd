from django.urls import path

from orders.metrics.api.views import AdminDashboardView, SellerDashboardView

urlpatterns = [
    path("seller/dashboard", SellerDashboardView.as_view(), name="seller-dashboard"),
    path("admin/dashboard", AdminDashboardView.as_view(), name="admin-dashboard"),
]
