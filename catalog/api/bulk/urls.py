from django.urls import URLPattern, URLResolver, path

from catalog.api.bulk import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("seller/products/import", views.ImportProductsView.as_view()),
    path("seller/products/import/template", views.ImportTemplateView.as_view()),
    path("seller/products/export", views.ExportProductsView.as_view()),
    path("seller/imports", views.ImportListView.as_view()),
    path("seller/imports/<uuid:pk>", views.ImportView.as_view()),
    path("seller/imports/<uuid:pk>/errors", views.ImportErrorsView.as_view()),
    path("seller/imports/<uuid:pk>/cancel", views.CancelImportView.as_view()),
]
