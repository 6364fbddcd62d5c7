#!/usr/bin/env python
"""Django's command line for Convertsite."""

import os
import sys


def main() -> None:
    os.umask(0o077)  # what is written, sessions in the database too, is for this user alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
