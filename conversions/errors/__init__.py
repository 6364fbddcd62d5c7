"""What can go wrong with a file or a request, in a module for each who can mend it.

Pure of Django, so that the converter process can raise these too. `by_code` finds an error that came over a pipe.
"""

from typing import Any

from conversions.errors.file import (
    CannotHold,
    DamagedFile,
    EmptySheet,
    ExpandsTooMuch,
    NoPagesLeft,
    NoSound,
    NoSubtitles,
    NoSuchPage,
    NoSuchSheet,
    NoText,
    OtherFileNeeded,
    PasswordNeeded,
    PasswordWrong,
    StartTooLate,
    TooLargeForFormat,
    TooLong,
    TooManyColumns,
    TooManyCues,
    TooManyFeatures,
    TooManyFrames,
    TooManyMembers,
    TooManyPages,
    TooManyPictures,
    TooManyPixels,
    TooManyRows,
    TooManyTriangles,
    UnsafeArchive,
)
from conversions.errors.machine import (
    EngineAbsent,
    EngineCrashed,
    EngineFailed,
    FileMissing,
    LettersMissing,
    NoSpace,
    OutOfMemory,
    OutputInvalid,
    OutputTooLarge,
    StorageUnavailable,
    TimedOut,
    UnderMaintenance,
    WorkerLost,
)
from conversions.errors.request import (
    CannotCombine,
    ConversionDeleted,
    ConversionEnded,
    ConversionNotCompleted,
    ConversionNotRetryable,
    EmptyFile,
    Expired,
    FileRequired,
    FileTooLarge,
    NotCombined,
    NotFound,
    OptionInvalid,
    OptionsNotObject,
    OptionUnknown,
    RequestError,
    RestoreTooLate,
    SessionChanged,
    SignInRequired,
    SourcesTooLarge,
    TokenInvalid,
    TooManySources,
    UnknownFormat,
    UnknownTarget,
    UnsupportedPair,
)
from conversions.errors.root import (
    ConversionsError,
    human_duration,
    human_size,
)

__all__ = [
    "CannotCombine",
    "CannotHold",
    "ConversionDeleted",
    "ConversionEnded",
    "ConversionNotCompleted",
    "ConversionNotRetryable",
    "ConversionsError",
    "DamagedFile",
    "EmptyFile",
    "EmptySheet",
    "EngineAbsent",
    "EngineCrashed",
    "EngineFailed",
    "ExpandsTooMuch",
    "Expired",
    "FileMissing",
    "FileRequired",
    "FileTooLarge",
    "LettersMissing",
    "NoPagesLeft",
    "NoSound",
    "NoSpace",
    "NoSubtitles",
    "NoSuchPage",
    "NoSuchSheet",
    "NoText",
    "NotCombined",
    "NotFound",
    "OptionInvalid",
    "OptionUnknown",
    "OptionsNotObject",
    "OtherFileNeeded",
    "OutOfMemory",
    "OutputInvalid",
    "OutputTooLarge",
    "PasswordNeeded",
    "PasswordWrong",
    "RequestError",
    "RestoreTooLate",
    "SessionChanged",
    "SignInRequired",
    "SourcesTooLarge",
    "StartTooLate",
    "StorageUnavailable",
    "TimedOut",
    "TokenInvalid",
    "TooLargeForFormat",
    "TooLong",
    "TooManyColumns",
    "TooManyCues",
    "TooManyFeatures",
    "TooManyFrames",
    "TooManyMembers",
    "TooManyPages",
    "TooManyPictures",
    "TooManyPixels",
    "TooManyRows",
    "TooManySources",
    "TooManyTriangles",
    "UnderMaintenance",
    "UnknownFormat",
    "UnknownTarget",
    "UnsafeArchive",
    "UnsupportedPair",
    "WorkerLost",
    "by_code",
    "catalogue",
    "human_duration",
    "human_size",
]


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
