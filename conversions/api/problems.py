"""Errors as problem documents (RFC 9457): one shape for all that can go wrong under /api/."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from math import ceil

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import ValidationError

from conversions.api.errors import (
    BodyMalformed,
    BodyTooLarge,
    DatabaseUnusable,
    MethodNotAllowed,
    Refused,
    RequestInvalid,
    TooManyFields,
    TooManyFiles,
)
from conversions.errors import (
    ConversionsError,
    FileRequired,
    NotFound,
    RequestError,
    SignInRequired,
    UnderMaintenance,
)
from realtime import RealtimeError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TYPE = "urn:convertsite:problem:{code}"
PREFIX = "/api/"


def problem(error: ConversionsError | RealtimeError) -> HttpResponse:
    """The response that tells of the error."""
    told = error.as_json()
    document = {
        "type": TYPE.format(code=error.code),
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": told.pop("message"),
        **told,
    }
    response = HttpResponse(json.dumps(document), status=error.status, content_type=MEDIA_TYPE)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return dressed(response, error)


def dressed(response: HttpResponse, error: ConversionsError | RealtimeError) -> HttpResponse:
    """The response that tells of the error, be it a page or a document, with what HTTP says of such errors."""
    if (wait := error.as_json().get("retry_after_ms")) is not None:
        response["Retry-After"] = str(ceil(wait / 1000))
    if isinstance(error, UnderMaintenance):  # meant so: Django would log an error each time
        setattr(response, "_has_been_logged", True)  # noqa: B010 (a private name that Django's stubs do not know)
    return response


def add_handlers(api: NinjaAPI) -> None:
    """Make the API answer with problem documents."""
    for kind in (
        ConversionsError,
        RealtimeError,
        ValidationError,
        Http404,
        MultiPartParserError,
        UnreadablePostError,
        SuspiciousOperation,
        DatabaseError,
    ):
        api.add_exception_handler(kind, _answer)


def problem_documents(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: errors under /api/ that Django or django-ninja answered by themselves become problem documents."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code < 400 or not request.path.startswith(PREFIX) or response["Content-Type"] == MEDIA_TYPE:
            return response
        response.close()
        return problem(_from_response(request, response))

    return middleware


def _answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    return problem(as_error(error))


def as_error(error: Exception | type[Exception]) -> ConversionsError | RealtimeError:
    """What people are told of an exception: an error with a code and a suggestion."""
    match error:
        case ConversionsError() | RealtimeError():
            return error
        case ValidationError():
            return _as_request_error(error)
        case Http404():
            return NotFound()
        case TooManyFilesSent():
            return TooManyFiles(limit=settings.DATA_UPLOAD_MAX_NUMBER_FILES)
        case TooManyFieldsSent():
            return TooManyFields(limit=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)
        case DatabaseError():
            logger.error("The database cannot be used", exc_info=error)
            return DatabaseUnusable()
        case RequestDataTooBig():
            return BodyTooLarge()
        case MultiPartParserError() | UnreadablePostError():
            return BodyMalformed(reason=str(error).rstrip("."))
        case _:
            return RequestError()


def _as_request_error(error: ValidationError) -> RequestError:
    fields = {".".join(str(part) for part in one["loc"][1:]): one["msg"] for one in error.errors}
    if "file" in fields:
        return FileRequired()
    if "conversion_id" in fields:
        return NotFound()
    return RequestInvalid(fields="; ".join(f"{field}: {message}" for field, message in fields.items()))


def _from_response(request: HttpRequest, response: HttpResponseBase) -> ConversionsError:
    match response.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotFound()
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowed(method=request.method, allowed=response["Allow"])
        case HTTPStatus.UNAUTHORIZED:
            return SignInRequired()
        case HTTPStatus.FORBIDDEN:
            return Refused()
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return BodyTooLarge()
        case status if status < 500:
            return RequestError()
        case _:
            return ConversionsError()
