"""What can go wrong with a file or a request: a code for programs, a message and a suggestion for people."""

from typing import Any, ClassVar


class ConversionsError(Exception):
    """The root. `message` and `suggestion` are templates that `params` fill in."""

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "Something went wrong."
    suggestion: ClassVar[str] = "Try again."
    retryable: ClassVar[bool] = False
    status: ClassVar[int] = 400

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.message.format(**params))

    def as_json(self) -> dict[str, Any]:
        """The error as pages, the API and events show it."""
        return {
            "code": self.code,
            "message": self.message.format(**self.params),
            "params": self.params,
            "suggestion": self.suggestion.format(**self.params),
            "retryable": self.retryable,
        }
