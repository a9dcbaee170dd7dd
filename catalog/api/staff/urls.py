from django.urls import path

from catalog.api.staff import banners, views

urlpatterns = [
    path("admin/products", views.StaffProductListView.as_view()),
    path("admin/products/<uuid:pk>/status", views.ProductStatusView.as_view()),
    path("admin/categories", views.StaffCategoriesView.as_view()),
    path("admin/categories/<uuid:pk>", views.StaffCategoryView.as_view()),
    path("admin/categories/<uuid:pk>/image", views.CategoryImageView.as_view()),
    path("admin/banners", banners.StaffBannersView.as_view()),
    path("admin/banners/order", banners.BannerOrderView.as_view()),
    path("admin/banners/<uuid:pk>", banners.StaffBannerView.as_view()),
    path("admin/banners/<uuid:pk>/image", banners.BannerImageView.as_view()),
    path("admin/brands", views.StaffBrandsView.as_view()),
    path("admin/brands/<uuid:pk>", views.StaffBrandView.as_view()),
    path("admin/brands/<uuid:pk>/logo", views.BrandLogoView.as_view()),
]
