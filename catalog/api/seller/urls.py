from django.urls import URLPattern, URLResolver, path

from catalog.api.seller import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("seller/products", views.SellerProductListView.as_view()),
    path("seller/products/<uuid:pk>", views.SellerProductView.as_view()),
    path("seller/products/<uuid:pk>/variants", views.SellerProductVariantsView.as_view()),
    path("seller/products/<uuid:pk>/images", views.SellerProductImagesView.as_view()),
    path("seller/uploads", views.SellerUploadsView.as_view()),
    path("seller/variants/<uuid:pk>", views.SellerVariantView.as_view()),
    path("seller/variants/<uuid:pk>/stock", views.SellerVariantStockView.as_view()),
    path("seller/images/<uuid:pk>", views.SellerImageView.as_view()),
]
