"""What whoever sent the request can mend."""

from conversions.errors.root import ConversionsError


class RequestError(ConversionsError):
    """The request cannot be met as it stands."""

    code = "bad_request"
    message = "The request is not understood."
    suggestion = "See the API's documentation."
    retryable = False
    status = 400


class FileRequired(RequestError):
    code = "file_required"
    message = "There is no file in the request."
    suggestion = "Choose a file, or send it as the multipart field “file”."
    status = 422


class EmptyFile(RequestError):
    code = "empty_file"
    message = "“{name}” is empty."
    suggestion = "Choose another file; if this one should have a content, copy it again from where it came."
    status = 422


class UnknownFormat(RequestError):
    code = "unknown_format"
    message = "The content of “{name}” is in none of the formats that can be read here."
    suggestion = (
        "The name's ending does not count. What can be read: {kinds}. The page lists each format, and so does "
        "“GET formats”."
    )
    status = 422


class UnknownTarget(RequestError):
    code = "unknown_target"
    message = "There is no format “{to}”."
    suggestion = "Choose one of: {targets}."
    status = 422


class UnsupportedPair(RequestError):
    code = "unsupported_pair"
    message = "{source} cannot be converted to {to}."
    suggestion = "Choose one of: {targets}."
    status = 422


class CannotCombine(RequestError):
    code = "cannot_combine"
    message = "{source} cannot become a part of one {to} file."
    suggestion = "Leave such files out, or combine them into another format: {others}."
    status = 422


class SessionChanged(RequestError):
    code = "session_changed"
    message = "You signed in or out while this was sent."
    suggestion = "Send it again."
    status = 409
    retryable = True


class NotCombined(RequestError):
    code = "not_combined"
    message = "The request has {files} files for one conversion."
    suggestion = "Send each in a request of its own, or make one file of them all with “combine=true”."
    status = 422


class OptionUnknown(RequestError):
    code = "option_unknown"
    message = "There is no option “{option}” when converting to {to}."
    suggestion = "Leave it out. Options there are: {options}."
    status = 422


class OptionInvalid(RequestError):
    code = "option_invalid"
    message = "The option “{option}” must be {expected}, not {got}."
    suggestion = "Correct it, or leave it out to use {default}."
    status = 422


class OptionsNotObject(RequestError):
    code = "options_invalid"
    message = "The options must be a JSON object, not {got}."
    suggestion = 'Write them as in {{"quality": 80}}, or leave them out.'
    status = 422


class FileTooLarge(RequestError):
    code = "file_too_large"
    message = "“{name}” has {size:size}; at most {limit:size} are accepted."
    suggestion = "Make the file smaller, or split it."
    status = 413


class TooManySources(RequestError):
    code = "too_many_sources"
    message = "At most {limit} files can be combined into one, not {files}."
    suggestion = "Combine fewer at a time, and then the results."
    status = 413


class SourcesTooLarge(RequestError):
    code = "sources_too_large"
    message = "The files have {size:size} together; at most {limit:size} are accepted."
    suggestion = "Combine fewer at a time, or make them smaller."
    status = 413


class SignInRequired(RequestError):
    code = "sign_in_required"
    message = "Only signed-in users can convert files here."
    suggestion = "Sign in, or send a token as “Authorization: Bearer …”."
    status = 401


class TokenInvalid(RequestError):
    code = "token_invalid"
    message = "The token is not valid."
    suggestion = "Make a new one with “manage.py api_token NAME”."
    status = 401


class NotFound(RequestError):
    code = "not_found"
    message = "There is nothing at this address."
    suggestion = "It may have been deleted, or belong to somebody else. Look at the list of your conversions."
    status = 404


class ConversionEnded(RequestError):
    code = "conversion_ended"
    message = "The conversion has already ended: it is {state}."
    suggestion = "Nothing needs to be done."
    status = 409


class ConversionDeleted(RequestError):
    code = "conversion_deleted"
    message = "The file was taken in before, and its conversion has been deleted since."
    suggestion = "Choose the file again to convert it anew, or send the request with another key."
    status = 409


class ConversionNotRetryable(RequestError):
    code = "conversion_not_retryable"
    message = "Only a failed or cancelled conversion can be run again; this one is {state}."
    suggestion = "Wait until it ends, or convert the file anew."
    status = 409


class ConversionNotCompleted(RequestError):
    code = "conversion_not_completed"
    message = "There is no result to download: the conversion is {state}."
    suggestion = "Wait until it is completed."
    status = 409


class Expired(RequestError):
    code = "expired"
    message = "The files of this conversion have been removed."
    suggestion = "Files are kept for {hours:g} hours. Convert the file again."
    status = 410


class RestoreTooLate(RequestError):
    code = "restore_too_late"
    message = "The conversion can no longer be restored."
    suggestion = "Deleting can be undone for {seconds} seconds. Convert the file again."
    status = 410
