"""Reviews and questions of the caller, and what one may say to those of others."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from marketplace.common.api.parsers import StrictJSONParser
from marketplace.common.api.requests import AuthenticatedRequest, parsed
from reviews.api.serializers import (
    AddReviewPhotosInput,
    CreateReviewInput,
    CreateReviewWithPhotosInput,
    HelpfulSerializer,
    OwnQuestionSerializer,
    OwnReviewSerializer,
    QuestionInput,
    ReportInput,
    ReviewImageSerializer,
    ReviewPhotosInput,
    UpdateReviewInput,
)
from reviews.models import Question, Review, ReviewImage
from reviews.selectors import reviewable_item
from reviews.services.editing_photos import add_photos, delete_photo, require_room_for_photos
from reviews.services.moderation import report_question, report_review
from reviews.services.questions import archive_question, update_question
from reviews.services.reviews import archive_review, create_review, update_review
from reviews.services.votes import vote_helpful, withdraw_vote


@extend_schema_view(
    list=extend_schema(summary="My reviews, the newest first"),
    retrieve=extend_schema(summary="One of my reviews"),
)
class ReviewViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Review]
):
    """The caller's own reviews; anyone else's answer 404, but to votes and reports."""

    request: AuthenticatedRequest
    serializer_class = OwnReviewSerializer
    permission_classes = (IsAuthenticated,)
    lookup_value_converter = "uuid"
    filter_backends = ()
    queryset = Review.objects.none()

    def get_queryset(self) -> QuerySet[Review]:
        mine = Review.objects.written_by(self.request.user)
        return mine.for_lists().order_by("-created_at")

    def get_parsers(self) -> list[Any]:
        # `create` takes both; what has no files takes JSON alone.
        if self.action_map.get("post") == "create":
            return [MultiPartParser(), StrictJSONParser()]
        return super().get_parsers()

    @extend_schema(
        request={
            "application/json": CreateReviewInput,
            "multipart/form-data": CreateReviewWithPhotosInput,
        },
        responses={201: OwnReviewSerializer},
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        """Review what one has bought and got, once per order item; with photos as multipart.

        409 `not_delivered`, `already_reviewed`.
        """
        body = CreateReviewInput(data=request.data)
        body.is_valid(raise_exception=True)
        names, text = body.split()
        # Before photos are decoded, which takes a while.
        item = reviewable_item(request.user, **names)
        photos = parsed(ReviewPhotosInput(data=request.data))["images"]
        review = create_review(item.pk, author=request.user, photos=photos, **text)
        return self._answer(review.pk, status=201)

    @extend_schema(request=UpdateReviewInput)
    def update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace one's review within 30 days of writing it (409 `editing_ended`)."""
        return self._update(pk, UpdateReviewInput(data=request.data))

    @extend_schema(request=UpdateReviewInput(partial=True))
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Change the given fields of one's review within 30 days (409 `editing_ended`)."""
        return self._update(pk, UpdateReviewInput(data=request.data, partial=True))

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Delete one's review within 30 days (409 `editing_ended`); the item stays reviewed."""
        archive_review(self.get_object().pk, author=request.user)
        return Response(status=204)

    @extend_schema(responses=HelpfulSerializer, request=None)
    @action(detail=True, methods=["post"])
    def helpful(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Say that another's review is helpful; again, it changes nothing.

        409 `own_content` for one's own, and for reviews of one's own goods.
        """
        review = vote_helpful(self._public(pk), voter=request.user)
        return self._votes(review, is_helpful=True)

    @extend_schema(responses={200: HelpfulSerializer}, request=None)
    @helpful.mapping.delete
    def not_helpful(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Take one's vote back."""
        review = withdraw_vote(self._public(pk), voter=request.user)
        return self._votes(review, is_helpful=False)

    @extend_schema(request=ReportInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def report(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Report a review that should not be public; one report per user counts."""
        review_id = self._public(pk)
        body = parsed(ReportInput(data=request.data))
        report_review(review_id, reporter=request.user, **body)
        return Response(status=204)

    def _update(self, pk: UUID, body: UpdateReviewInput) -> Response:
        review_id = self.get_object().pk
        update_review(review_id, author=self.request.user, **parsed(body))
        return self._answer(review_id)

    def _answer(self, pk: UUID, *, status: int = 200) -> Response:
        review = self.get_queryset().get(pk=pk)
        return Response(self.get_serializer(review).data, status=status)

    @staticmethod
    def _public(pk: UUID) -> UUID:
        return get_object_or_404(Review.objects.public().only("id"), pk=pk).pk

    @staticmethod
    def _votes(review: Review, *, is_helpful: bool) -> Response:
        answer = {"helpful_count": review.helpful_count, "is_helpful": is_helpful}
        return Response(HelpfulSerializer(answer).data)


class ReviewImageViewSet(viewsets.GenericViewSet[ReviewImage]):
    """The photos of one of the caller's reviews."""

    request: AuthenticatedRequest
    serializer_class = ReviewImageSerializer
    permission_classes = (IsAuthenticated,)
    pagination_class = None
    filter_backends = ()
    queryset = ReviewImage.objects.none()

    def get_parsers(self) -> list[Any]:
        return [MultiPartParser()]

    @extend_schema(
        request={"multipart/form-data": AddReviewPhotosInput},
        responses={201: ReviewImageSerializer(many=True)},
        tags=["reviews"],
    )
    def create(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Append photos to one's review, all or none: five in all (409 `too_many_images`)."""
        require_room_for_photos(pk, author=request.user)
        body = AddReviewPhotosInput(data=request.data)
        images = add_photos(pk, author=request.user, photos=parsed(body)["images"])
        return Response(self.get_serializer(images, many=True).data, status=201)

    @extend_schema(responses={204: None}, tags=["reviews"])
    def destroy(self, request: AuthenticatedRequest, pk: UUID, image_pk: UUID) -> Response:
        """Take a photo off one's review."""
        delete_photo(pk, image_pk, author=request.user)
        return Response(status=204)


@extend_schema_view(
    list=extend_schema(summary="My questions, the newest first"),
    retrieve=extend_schema(summary="One of my questions"),
)
class QuestionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Question]
):
    """The caller's own questions; anyone else's answer 404, but to reports."""

    request: AuthenticatedRequest
    serializer_class = OwnQuestionSerializer
    permission_classes = (IsAuthenticated,)
    lookup_value_converter = "uuid"
    filter_backends = ()
    queryset = Question.objects.none()

    def get_queryset(self) -> QuerySet[Question]:
        mine = Question.objects.written_by(self.request.user)
        return mine.for_lists().order_by("-created_at")

    @extend_schema(request=QuestionInput)
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Put one's question otherwise while it waits for an answer (409 `already_answered`)."""
        question_id = self.get_object().pk
        update_question(
            question_id, author=request.user, **parsed(QuestionInput(data=request.data))
        )
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Withdraw one's question while it waits for an answer (409 `already_answered`)."""
        archive_question(self.get_object().pk, author=request.user)
        return Response(status=204)

    @extend_schema(request=ReportInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def report(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Report a question or its answer that should not be public."""
        question = get_object_or_404(Question.objects.public().only("id"), pk=pk)
        body = parsed(ReportInput(data=request.data))
        report_question(question.pk, reporter=request.user, **body)
        return Response(status=204)
