"""What went wrong on this side: engines, workers, memory, time and storage."""

from typing import Any

from conversions.errors.root import ConversionsError


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


class LettersMissing(ConversionsError):
    code = "letters_missing"
    message = "The fonts here have no letters of: {scripts}. The text would come out as boxes."
    suggestion = (
        "Choose a format that keeps the text as text (DOCX, HTML), or have the site's keeper install such fonts: "
        "apt-get install fonts-noto-cjk, or fonts-noto-core."
    )
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


class UnderMaintenance(ConversionsError):
    """`seconds` says after how many to try again."""

    code = "maintenance"
    message = "Nothing new is taken in just now, for maintenance: {text}."
    suggestion = "Try again {when}. What was sent before is converted all the same, and results can be downloaded."
    status = 503

    def as_json(self) -> dict[str, Any]:
        """As ever, with `retry_after_ms`."""
        return {**super().as_json(), "retry_after_ms": 1000 * int(self.params.get("seconds", 0))}


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
