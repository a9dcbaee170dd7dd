from django.urls import URLPattern, URLResolver, path

from catalog.api.public import search, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("products", views.ProductListView.as_view()),
    path("products/search", search.ProductSearchView.as_view()),
    path("products/search/clicks", search.SearchClickView.as_view()),
    path("products/suggest", search.ProductSuggestView.as_view()),
    path("products/<slug:ref>", views.ProductView.as_view()),
    path("products/<slug:ref>/variants", views.ProductVariantsView.as_view()),
    path("products/<slug:ref>/images", views.ProductImagesView.as_view()),
    path("products/<slug:ref>/views", search.ProductSeenView.as_view()),
    path("products/<slug:ref>/related", views.RelatedProductsView.as_view()),
    path("categories", views.CategoryTreeView.as_view()),
    path("categories/<slug:ref>", views.CategoryView.as_view()),
    path("banners", views.BannerListView.as_view()),
    path("brands", views.BrandListView.as_view()),
    path("brands/<slug:ref>", views.BrandView.as_view()),
]
