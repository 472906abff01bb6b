#!/usr/bin/env python3
"""Homeward's command line."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SOURCE_ROOTS = ("site", "graphql")  # names Python already owns, so these folders are source roots
sys.path[1:1] = [str(ROOT / folder) for folder in SOURCE_ROOTS]

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.settings.base")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
