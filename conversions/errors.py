"""What can go wrong with a file or a request: a code for programs, a message and a suggestion for people.

Pure of Django, so that the converter process can raise these too. `by_code` finds an error that came over a pipe.
"""

from string import Formatter
from typing import Any, ClassVar


class _Wording(Formatter):
    """`{limit:size}` writes bytes, `{limit:duration}` seconds as people say them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        match format_spec:
            case "size":
                return human_size(int(value))
            case "duration":
                return human_duration(float(value))
        return str(super().format_field(value, format_spec))


def human_size(size: int) -> str:
    """1536 is "1.5 KiB"."""
    number = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.3g} {unit}"
        number /= 1024
    return f"{number:.3g} GiB"


def human_duration(seconds: float) -> str:
    """5400 is "1 h 30 min"; what is shorter than a minute is told in seconds."""
    minutes = round(seconds / 60)
    if not minutes:
        return f"{seconds:.3g} s"
    parts = (f"{minutes // 60:,} h" if minutes >= 60 else "", f"{minutes % 60} min" if minutes % 60 else "")
    return " ".join(filter(None, parts))


class ConversionsError(Exception):
    """The root. `message` and `suggestion` are templates that `params` fill in; `status` is the HTTP answer's."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "Something went wrong on our side."
    suggestion: ClassVar[str] = "Try again; if it happens again, tell whoever runs this site."
    retryable: ClassVar[bool] = True
    status: ClassVar[int] = 500

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(_Wording().format(self.message, **params))

    def as_json(self) -> dict[str, Any]:
        """The error as pages, the API and events show it."""
        return {
            "code": self.code,
            "message": str(self),
            "params": self.params,
            "suggestion": _Wording().format(self.suggestion, **self.params),
            "retryable": self.retryable,
        }


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
    suggestion = "The name's ending does not count. Formats that can be read: {readable}."
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


class DamagedFile(ConversionsError):
    code = "damaged_file"
    message = "The file is damaged or not complete."
    suggestion = "Copy or download the file again from where it came, and see whether another program opens it."
    retryable = False
    status = 422


class TooManyPixels(ConversionsError):
    code = "too_many_pixels"
    message = "The picture has {pixels:,} pixels; at most {limit:,} are accepted."
    suggestion = "Make the picture smaller before converting it."
    retryable = False
    status = 422


class TooManyFrames(ConversionsError):
    code = "too_many_frames"
    message = "The animation has {frames:,} frames; at most {limit:,} are accepted."
    suggestion = "Make it shorter, or choose a format of pictures that stand still."
    retryable = False
    status = 422


class TooLong(ConversionsError):
    code = "too_long"
    message = "It would be {seconds:duration} long; at most {limit:duration} are accepted here."
    suggestion = "Choose a part of it by its beginning and length (“start”, “duration”), or another format."
    retryable = False
    status = 422


class TooManyPictures(ConversionsError):
    code = "too_many_pictures"
    message = "It would become {pictures:,} pictures; at most {limit:,} are accepted."
    suggestion = "Leave more time from one to the next (“every”), or choose a part of it (“start”, “duration”)."
    retryable = False
    status = 422


class TooManyCues(ConversionsError):
    code = "too_many_cues"
    message = "There are {cues:,} subtitles in the file; at most {limit:,} are accepted."
    suggestion = "Split the file, and convert its parts."
    retryable = False
    status = 422


class TooLargeForFormat(ConversionsError):
    code = "too_large_for_format"
    message = "{to} pictures have at most {limit:,} pixels a side; this one has {width:,} by {height:,}."
    suggestion = "Choose another format, or make the picture smaller."
    retryable = False
    status = 422


class TooManyRows(ConversionsError):
    code = "too_many_rows"
    message = "The table has {rows:,} rows; at most {limit:,} are accepted."
    suggestion = "Split the table, or choose a format that holds more."
    retryable = False
    status = 422


class TooManyColumns(ConversionsError):
    code = "too_many_columns"
    message = "The table has {columns:,} columns; at most {limit:,} are accepted."
    suggestion = "Leave columns out, or turn the table by a quarter."
    retryable = False
    status = 422


class TooManyTriangles(ConversionsError):
    code = "too_many_triangles"
    message = "The model has {triangles:,} triangles; at most {limit:,} are accepted."
    suggestion = "Make the model simpler, or split it."
    retryable = False
    status = 422


class TooManyFeatures(ConversionsError):
    code = "too_many_features"
    message = "The map has {features:,} features; at most {limit:,} are accepted."
    suggestion = "Split the map, or leave some of its layers out."
    retryable = False
    status = 422


class ExpandsTooMuch(ConversionsError):
    code = "expands_too_much"
    message = "What is packed in the file is {size:size}; at most {limit:size} are accepted for one of its size."
    suggestion = "Unpack it, and convert what you need of it."
    retryable = False
    status = 422


class TooManyMembers(ConversionsError):
    code = "too_many_members"
    message = "The archive holds {members:,} files and folders; at most {limit:,} are accepted."
    suggestion = "Unpack it, and convert what you need of it."
    retryable = False
    status = 422


class UnsafeArchive(ConversionsError):
    code = "unsafe_archive"
    message = "The archive holds “{member}”, which {what}: unpacking it could do harm."
    suggestion = "Leave it alone if you do not trust where it came from; else pack the files anew."
    retryable = False
    status = 422


class PasswordNeeded(ConversionsError):
    code = "password_needed"
    message = "The file is encrypted, and opens with its password only."
    suggestion = (
        "Convert it again with its password, the option “password” of conversions that have it, or take the password "
        "off in the program that set it."
    )
    retryable = False
    status = 422


class PasswordWrong(ConversionsError):
    code = "password_wrong"
    message = "The password does not open the file."
    suggestion = (
        "Look at its capitals and at the language of the keyboard, and convert the file again with the right one."
    )
    retryable = False
    status = 422


class NoSuchSheet(ConversionsError):
    code = "no_such_sheet"
    message = "There is no sheet “{sheet}” in the file."
    suggestion = "Choose one of: {sheets}."
    retryable = False
    status = 422


class TooManyPages(ConversionsError):
    code = "too_many_pages"
    message = "The file has {pages:,} pages; at most {limit:,} are accepted."
    suggestion = "Split the file, and convert its parts."
    retryable = False
    status = 422


class NoSuchPage(ConversionsError):
    code = "no_such_page"
    message = "There is no page {page:,}: the file has {pages:,}."
    suggestion = "Choose a page from 1 to {pages:,}."
    retryable = False
    status = 422


class NoPagesLeft(ConversionsError):
    code = "no_pages_left"
    message = "All {pages:,} pages of the file were to be left out."
    suggestion = "Leave out fewer pages, or choose those to keep."
    retryable = False
    status = 422


class NoText(ConversionsError):
    code = "no_text"
    message = "There is no text in the file."
    suggestion = "Its pages may be pictures of text; convert them to a format of pictures."
    retryable = False
    status = 422


class OtherFileNeeded(ConversionsError):
    code = "other_file_needed"
    message = "The file needs another one, “{name}”, which did not come with it."
    suggestion = "Put what it needs into the file itself, or take the reference to it out."
    retryable = False
    status = 422


class NoSound(ConversionsError):
    code = "no_sound"
    message = "The film has no sound that {to} could hold."
    suggestion = "Choose a format of films, or another file."
    retryable = False
    status = 422


class NoSubtitles(ConversionsError):
    code = "no_subtitles"
    message = "The film has no such subtitles: it has {count}."
    suggestion = "Choose another of its subtitles, or another format."
    retryable = False
    status = 422


class StartTooLate(ConversionsError):
    code = "start_too_late"
    message = "It is {seconds:g} seconds long, and was to begin at {start:g}."
    suggestion = "Choose an earlier time."
    retryable = False
    status = 422


class CannotHold(ConversionsError):
    code = "cannot_hold"
    message = "{to} cannot hold what is in this file: {what}."
    suggestion = "Choose another format."
    retryable = False
    status = 422


class OutOfMemory(ConversionsError):
    code = "out_of_memory"
    message = "The conversion needed more memory than the {limit:size} it may have."
    suggestion = "Make the file smaller, or choose another format."
    retryable = False


class TimedOut(ConversionsError):
    code = "timed_out"
    message = "The conversion was stopped after {limit:g} seconds."
    suggestion = "Try again when less is going on, or make the file smaller."


class EngineAbsent(ConversionsError):
    code = "engine_absent"
    message = "The converter “{engine}” is no longer available here."
    suggestion = "Convert the file anew; there may be another way to the same format."
    retryable = False


class EngineCrashed(ConversionsError):
    """`words`, if it left any, are its last ones, for "Details"."""

    code = "engine_crashed"
    message = "The converter stopped unexpectedly ({how})."
    suggestion = "Try again; if it happens again, the file is one that the converter cannot cope with."


class EngineFailed(ConversionsError):
    code = "engine_failed"
    message = "The converter could not convert the file: {reason}."
    suggestion = "Choose another format; if it happens again, tell whoever runs this site."


class OutputInvalid(ConversionsError):
    code = "output_invalid"
    message = "The converter's result is not a proper {to} file, so it was thrown away."
    suggestion = "Try again, or choose another format."


class OutputTooLarge(ConversionsError):
    code = "output_too_large"
    message = "The result would be larger than {limit:size}."
    suggestion = "Choose another format or a lower quality."
    retryable = False


class WorkerLost(ConversionsError):
    code = "worker_lost"
    message = "The program that converted the file went away in the middle, {attempts} times."
    suggestion = "Run it again; if it happens again, make the file smaller, since it may ask too much of this site."


class FileMissing(ConversionsError):
    code = "file_missing"
    message = "The stored file is no longer there."
    suggestion = "Choose the file again."
    retryable = False
    status = 410


class NoSpace(ConversionsError):
    code = "no_space"
    message = "The server has no space left for the file."
    suggestion = "Try again later; whoever runs this site has to make room."
    status = 507


class StorageUnavailable(ConversionsError):
    code = "storage_unavailable"
    message = "The place where files are kept does not answer."
    suggestion = "Try again in a few minutes."
    status = 503


def _all(root: type[ConversionsError]) -> list[type[ConversionsError]]:
    return [root, *(found for child in root.__subclasses__() for found in _all(child))]


def catalogue() -> dict[str, type[ConversionsError]]:
    """Every error by its code."""
    return {error.code: error for error in _all(ConversionsError)}


def by_code(code: str, params: dict[str, Any]) -> ConversionsError:
    """The error that a converter process named, or `EngineCrashed` when it named none that fits."""
    try:
        return catalogue()[code](**params)
    except (KeyError, TypeError, ValueError):
        return EngineCrashed(how="an unknown report")
