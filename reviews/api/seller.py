"""What is written about the goods of the caller's shop; another shop's answers 404."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from marketplace.common.api.requests import AuthenticatedRequest, query_of
from reviews.api.filters import ShopQuestionListInput, ShopReviewListInput
from reviews.api.serializers import (
    AnswerInput,
    ReplyInput,
    ShopQuestionSerializer,
    ShopReviewSerializer,
)
from reviews.models import Question, Review
from reviews.services.replies import answer_question, reply_to_review
from shops.api.permissions import SellerCatalogueMixin


@extend_schema(tags=["seller: reviews"])
@extend_schema_view(
    list=extend_schema(
        summary="Reviews of the shop's goods, the newest first", parameters=[ShopReviewListInput]
    )
)
class SellerReviewViewSet(
    SellerCatalogueMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Review]
):
    """Public reviews of the shop's goods."""

    serializer_class = ShopReviewSerializer
    lookup_value_converter = "uuid"
    filter_backends = ()
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        rows = Review.objects.of_shop(self.shop).for_lists().order_by("-created_at")
        if self.action != "list":
            return rows
        filters = query_of(self.request, ShopReviewListInput)
        if "rating" in filters:
            rows = rows.filter(rating=filters["rating"])
        if "unanswered" in filters:
            rows = rows.filter(replied_at__isnull=filters["unanswered"])
        return rows

    @extend_schema(request=ReplyInput)
    @action(detail=True, methods=["post"])
    def reply(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Reply to a review, in public; another reply takes the place of the first."""
        review = self.get_object()
        body = ReplyInput(data=request.data)
        body.is_valid(raise_exception=True)
        reply_to_review(review.pk, actor=request.user, **body.validated_data)
        return Response(self.get_serializer(self.get_object()).data)


@extend_schema(tags=["seller: reviews"])
@extend_schema_view(
    list=extend_schema(
        summary="Questions about the shop's goods, the newest first",
        parameters=[ShopQuestionListInput],
    )
)
class SellerQuestionViewSet(
    SellerCatalogueMixin, mixins.ListModelMixin, viewsets.GenericViewSet[Question]
):
    """Public questions about the shop's goods."""

    serializer_class = ShopQuestionSerializer
    lookup_value_converter = "uuid"
    filter_backends = ()
    queryset = Question.objects.none()

    def get_queryset(self) -> QuerySet[Question]:
        rows = Question.objects.of_shop(self.shop).for_lists().order_by("-created_at")
        if self.action != "list":
            return rows
        filters = query_of(self.request, ShopQuestionListInput)
        if "unanswered" in filters:
            rows = rows.filter(answered_at__isnull=filters["unanswered"])
        return rows

    @extend_schema(request=AnswerInput)
    @action(detail=True, methods=["post"])
    def answer(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Answer a question, in public; another answer takes the place of the first."""
        question = self.get_object()
        body = AnswerInput(data=request.data)
        body.is_valid(raise_exception=True)
        answer_question(question.pk, actor=request.user, **body.validated_data)
        return Response(self.get_serializer(self.get_object()).data)
