"""Workbooks that Excel has encrypted, opened by their password."""

import io
from typing import IO

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, ParseError

from conversions.errors import PasswordWrong


def unlocked(file: IO[bytes], password: str) -> IO[bytes]:
    """What is in the file, in memory; the file itself if it is not encrypted, or in no way that is known here. Raises
    `PasswordWrong`."""
    try:
        office = msoffcrypto.OfficeFile(file)
        if not office.is_encrypted():
            return file
    except (FileFormatError, ParseError, OSError, ValueError):  # whoever reads it complains in better words
        return file
    try:
        office.load_key(password=password, verify_password=True)
        content = io.BytesIO()
        office.decrypt(content)
    except DecryptionError as error:
        raise PasswordWrong from error
    return content
