"""What can be wrong with a request before it is about a file."""

from conversions.errors import ConversionsError, RequestError


class RequestInvalid(RequestError):
    code = "request_invalid"
    message = "The request has wrong or missing fields: {fields}."
    suggestion = "Correct them; /api/v1/docs says what each one takes."
    status = 422


class BodyMalformed(RequestError):
    code = "body_malformed"
    message = "The body of the request cannot be read: {reason}."
    suggestion = (
        "Give the file a shorter name and send it again; "
        "a program sends multipart/form-data, complete, each file name in at most 255 bytes."
    )


class TooManyFiles(RequestError):
    code = "too_many_files"
    message = "The request has more than {limit} files."
    suggestion = "Send at most {limit} at a time."
    status = 413


class TooManyFields(RequestError):
    code = "too_many_fields"
    message = "The request has more than {limit} fields."
    suggestion = "Send only the fields that /api/v1/docs names, each once."
    status = 413


class BodyTooLarge(RequestError):
    code = "body_too_large"
    message = "The body of the request is too large."
    suggestion = "Send a smaller file, and less than 2.5 MB of other fields."
    status = 413


class DatabaseUnusable(ConversionsError):
    code = "database_unusable"
    message = "The site cannot keep anything just now."
    suggestion = "Try again in a few minutes; if it happens again, tell whoever runs this site."
    status = 503


class CsrfFailed(RequestError):
    code = "csrf_failed"
    message = "The request did not prove that it comes from this site's own page."
    suggestion = (
        "Reload the page. A program sends the CSRF cookie's value also as the header X-CSRFToken, or uses a token."
    )
    status = 403


class Refused(RequestError):
    code = "refused"
    message = "The request is refused."
    suggestion = "Look whether its address and host are right, and whether you are signed in."
    status = 403


class MethodNotAllowed(RequestError):
    code = "method_not_allowed"
    message = "{method} is not possible at this address."
    suggestion = "Use one of: {allowed}."
    status = 405
