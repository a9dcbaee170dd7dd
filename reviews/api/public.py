"""What everybody reads on a product's page; signed in, one can ask."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Product
from catalog.selectors import public_product
from marketplace.common.api.caching import PublicReadMixin
from marketplace.common.api.pagination import KeysetPagination
from marketplace.common.api.requests import query_of
from reviews.api.filters import ORDER_BY, QuestionListInput, ReviewListInput
from reviews.api.serializers import (
    OwnQuestionSerializer,
    QuestionInput,
    QuestionSerializer,
    ReviewSerializer,
)
from reviews.models import Question, Review
from reviews.selectors import rating_histogram
from reviews.services.questions import ask_question


class ReviewPagination(KeysetPagination):
    """A page of a product's reviews, beside the histogram of all of its ratings."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        ratings = [str(rating) for rating in range(5, 0, -1)]
        page["properties"]["histogram"] = {
            "type": "object",
            "description": "How many of its reviews have each rating, whatever the filters.",
            "required": ratings,
            "properties": {rating: {"type": "integer"} for rating in ratings},
        }
        page["required"] = [*page["required"], "histogram"]
        return page


class _OfProductMixin(PublicReadMixin):
    """Below `/products/{id or slug}`."""

    def product(self) -> Product:
        """Raises: Http404 for one that is not public."""
        product = public_product(self.kwargs["ref"])
        if product is None:
            raise Http404
        return product


@extend_schema(tags=["products"], parameters=[ReviewListInput])
class ProductReviewsView(_OfProductMixin, ListAPIView[Review]):
    """Reviews of a product by its buyers, with the histogram of their ratings.

    One order's item is reviewed once, after it was delivered.
    """

    queryset = Review.objects.none()  # for the schema alone
    serializer_class = ReviewSerializer
    pagination_class = ReviewPagination
    filter_backends = ()

    @extend_schema(operation_id="products_reviews_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        product = self.product()
        filters = query_of(request, ReviewListInput)
        rows = Review.objects.published().filter(product=product).for_lists()
        if "rating" in filters:
            rows = rows.filter(rating=filters["rating"])
        if filters.get("with_images"):
            rows = rows.filter(image_count__gt=0)
        page = self.paginate_queryset(rows.order_by(*ORDER_BY[filters["ordering"]]))
        response = self.get_paginated_response(self.get_serializer(page, many=True).data)
        histogram = rating_histogram(product.pk)
        response.data["histogram"] = {str(rating): count for rating, count in histogram.items()}
        return response


@extend_schema(tags=["products"])
class ProductQuestionsView(_OfProductMixin, GenericAPIView[Question]):
    """Questions about a product, the newest first."""

    queryset = Question.objects.none()  # for the schema alone
    serializer_class = QuestionSerializer
    filter_backends = ()

    # Reading is the same for everybody; asking is not.

    def get_authenticators(self) -> list[BaseAuthentication]:
        # The documentation asks before there is a request.
        if getattr(self.request, "method", None) != "POST":
            return []
        return [authenticator() for authenticator in APIView.authentication_classes]

    def get_permissions(self) -> Any:
        return [IsAuthenticated()] if self.request.method == "POST" else super().get_permissions()

    def get_queryset(self) -> QuerySet[Question]:
        return Question.objects.published().for_lists()

    @extend_schema(
        operation_id="products_questions_list",
        parameters=[QuestionListInput],
        responses=QuestionSerializer(many=True),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        product = self.product()
        filters = query_of(request, QuestionListInput)
        rows = self.get_queryset().filter(product=product)
        if "answered" in filters:
            rows = rows.filter(answered_at__isnull=not filters["answered"])
        page = self.paginate_queryset(rows.order_by("-created_at"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(
        operation_id="products_questions_create",
        request=QuestionInput,
        responses={201: OwnQuestionSerializer},
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask the product's shop something, in public.

        At most three of one's questions about a product wait for an answer (409
        `too_many_open_questions`).
        """
        product = self.product()
        body = QuestionInput(data=request.data)
        body.is_valid(raise_exception=True)
        question = ask_question(
            product.pk,
            author=request.user,  # type: ignore[arg-type]
            **body.validated_data,
        )
        found = Question.objects.for_lists().get(pk=question.pk)
        return Response(OwnQuestionSerializer(found).data, status=201)
