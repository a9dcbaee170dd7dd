"""The one place that turns refusals into the contract's error body.

`{"error": {"code", "message", "details": [{"field", "code", "message"}], "request_id"}}`
"""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler as BaseExceptionHandler
from drf_standardized_errors.handler import exception_handler as standardized_handler
from drf_standardized_errors.types import Error, ErrorResponse
from rest_framework import exceptions
from rest_framework.response import Response

from marketplace.common import logs
from marketplace.common.errors import DomainError, Kind
from marketplace.common.metrics import REFUSALS

logger = logging.getLogger(__name__)

STATUS_BY_KIND = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.UNPROCESSABLE: 422,
    Kind.THROTTLED: 429,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER_SECONDS = 2


class DomainAPIException(exceptions.APIException):
    """Carries a DomainError through DRF, which only handles its own kind."""

    def __init__(self, error: DomainError) -> None:
        self.status_code = STATUS_BY_KIND[error.kind]
        self.error = error
        if error.retry_after is not None:
            self.wait = error.retry_after
        super().__init__(str(error), code=error.code)


class PayloadTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"
    default_detail = "The body is too large."


class ServiceUnavailable(exceptions.APIException):
    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_code = "service_unavailable"
    default_detail = "A part that this request needs is down. Try again in a moment."
    wait = RETRY_AFTER_SECONDS


class ExceptionHandler(BaseExceptionHandler):
    """Turns what services, Django and PostgreSQL raise into DRF's exceptions."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        match exc:
            case DomainError():
                REFUSALS.add(exc.code)
                return DomainAPIException(exc)
            case RequestDataTooBig():
                return PayloadTooLarge()
            case TooManyFieldsSent() | TooManyFilesSent() | SuspiciousOperation():
                return exceptions.ParseError("The request is malformed.")
            case OperationalError() | InterfaceError():
                logger.error("Database not available", exc_info=exc)
                return ServiceUnavailable()
            case DataError():
                # A value beyond its column that no field caught: a bug, but the client's input.
                logger.error("Value out of range reached the database", exc_info=exc)
                return exceptions.ValidationError("A value is out of range.", code="out_of_range")
            case PermissionDenied():
                return exceptions.PermissionDenied()
        return super().convert_known_exceptions(exc)


class EnvelopeFormatter(ExceptionFormatter):
    """Renders the flattened errors in the contract's shape."""

    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        if isinstance(self.exc, DomainAPIException):
            error = self.exc.error
            return envelope(error.code, str(error), error.details)
        errors = error_response.errors
        if str(error_response.type) == "validation_error":
            details = [self._detail(error) for error in errors]
            return envelope("validation_error", _summary(details), details)
        code = "internal_error" if self.exc.status_code == 500 else errors[0].code
        message = "Something went wrong on our side." if self.exc.status_code == 500 else None
        return envelope(_CODES.get(code, code), message or errors[0].detail, [])

    @staticmethod
    def _detail(error: Error) -> dict[str, Any]:
        # An error of a list or object as a whole is an error of the field that holds it.
        field = (error.attr or "").removesuffix("non_field_errors").rstrip(".")
        return {"field": field or None, "code": error.code, "message": error.detail}


_CODES = {"authentication_failed": "token_not_valid"}


def _summary(details: list[dict[str, Any]]) -> str:
    named = [str(row["field"]) for row in details if row["field"]]
    if not named:
        return str(details[0]["message"]) if details else "The request is not valid."
    return f"Not valid: {', '.join(dict.fromkeys(named))}."


def envelope(code: str, message: str, details: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the contract's error body."""
    return {
        "error": {
            "code": code,
            "message": message,
            "details": details,
            "request_id": logs.request_id.get(),
        }
    }


def exception_handler(exc: Exception, context: Any) -> Response | None:
    """DRF's exception handler; `Retry-After` stands on what is worth trying again."""
    response: Response | None = standardized_handler(exc, context)
    if response is not None and response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return response


def error_response(status: int, code: str, message: str) -> JsonResponse:
    """Return an error outside DRF: from middleware and from Django's own handlers."""
    return JsonResponse(
        envelope(code, message, []),
        status=status,
        content_type="application/json; charset=utf-8",
        json_dumps_params={"ensure_ascii": False},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(400, "parse_error", "The request is malformed.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(403, "permission_denied", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/admin/"):
        return HttpResponseNotFound("<h1>Not found</h1>")
    return error_response(404, "not_found", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for whatever a view outside DRF has raised: a page of the console, for one."""
    if isinstance(sys.exception(), (OperationalError, InterfaceError)):
        response = error_response(
            503, ServiceUnavailable.default_code, ServiceUnavailable.default_detail
        )
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return error_response(500, "internal_error", "Something went wrong on our side.")
