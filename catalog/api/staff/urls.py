from django.urls import path

from catalog.api.staff import banners, brands, categories, products

urlpatterns = [
    path("admin/products", products.StaffProductListView.as_view()),
    path("admin/products/<uuid:pk>/status", products.ProductStatusView.as_view()),
    path("admin/categories", categories.StaffCategoriesView.as_view()),
    path("admin/categories/<uuid:pk>", categories.StaffCategoryView.as_view()),
    path("admin/categories/<uuid:pk>/image", categories.CategoryImageView.as_view()),
    path("admin/banners", banners.StaffBannersView.as_view()),
    path("admin/banners/order", banners.BannerOrderView.as_view()),
    path("admin/banners/<uuid:pk>", banners.StaffBannerView.as_view()),
    path("admin/banners/<uuid:pk>/image", banners.BannerImageView.as_view()),
    path("admin/brands", brands.StaffBrandsView.as_view()),
    path("admin/brands/<uuid:pk>", brands.StaffBrandView.as_view()),
    path("admin/brands/<uuid:pk>/logo", brands.BrandLogoView.as_view()),
]
