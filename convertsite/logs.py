"""What the log says of requests that went wrong."""

import logging


class NoTraceback(logging.Filter):
    """Takes the traceback off a client's mistake (4xx): where in our code it was noticed helps nobody."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = None
        return True
