"""Where an upload waits that is too large for memory: a file of ours, in whose name nothing is the user's."""

from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler

NAME = "upload"


class Spool(TemporaryFileUploadHandler):
    """Django's own gives the temporary file the ending of the user's name, of any length and of any characters."""

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file with a random name; what it is called by the user stays beside it, as text."""
        super().new_file(field_name, NAME, *args, **kwargs)
        self.file_name = self.file.name = file_name
