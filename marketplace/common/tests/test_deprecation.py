"""Calls that are to go say so."""

from datetime import date

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from marketplace.common.api.deprecation import deprecated
from marketplace.common.errors import NotFound

OLD = {"since": date(2026, 7, 1), "sunset": date(2027, 1, 1), "successor": "/api/v1/new"}


class OldView(APIView):
    permission_classes = ()
    throttle_classes = ()

    @deprecated(**OLD)
    @extend_schema(responses={200: None}, description="Reads it.")
    def get(self, request):
        if request.query_params:
            raise NotFound
        return Response({})

    @extend_schema(request=None, responses={200: None})
    def post(self, request):
        return Response({})


@pytest.mark.parametrize(("query", "status"), [("", 200), ("?x=1", 404)])
def test_answer_of_a_deprecated_call_says_since_when_and_until_when(query, status):
    response = OldView.as_view()(APIRequestFactory().get(f"/old{query}"))

    assert response.status_code == status
    assert response["Deprecation"] == "@1782864000"
    assert response["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert '</api/v1/new>; rel="successor-version"' in response["Link"]


def test_other_calls_of_the_view_say_nothing():
    response = OldView.as_view()(APIRequestFactory().post("/old"))

    assert {"Deprecation", "Sunset", "Link"}.isdisjoint(response.headers)


def test_document_marks_it():
    generator = SchemaGenerator(patterns=[path("api/v1/old", OldView.as_view())])
    (operations,) = generator.get_schema(request=None, public=True)["paths"].values()

    assert operations["get"]["deprecated"] is True
    assert operations["get"]["description"] == "Reads it."
    assert "deprecated" not in operations["post"]


def test_nothing_goes_sooner_than_promised():
    with pytest.raises(ValueError, match="180 days"):
        deprecated(since=date(2026, 7, 1), sunset=date(2026, 9, 1))
