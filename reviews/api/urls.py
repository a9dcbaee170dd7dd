from django.urls import URLPattern, URLResolver, path

from marketplace.common.api.routers import Router
from reviews.api import public, seller, views

router = Router()
router.register("reviews", views.ReviewViewSet, basename="review")
router.register("questions", views.QuestionViewSet, basename="question")
router.register("seller/reviews", seller.SellerReviewViewSet, basename="seller-review")
router.register("seller/questions", seller.SellerQuestionViewSet, basename="seller-question")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("reviews/<uuid:pk>/images", views.ReviewImageViewSet.as_view({"post": "create"})),
    path(
        "reviews/<uuid:pk>/images/<uuid:image_pk>",
        views.ReviewImageViewSet.as_view({"delete": "destroy"}),
    ),
    path("products/<slug:ref>/reviews", public.ProductReviewsView.as_view()),
    path("products/<slug:ref>/questions", public.ProductQuestionsView.as_view()),
]
