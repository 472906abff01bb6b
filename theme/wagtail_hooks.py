"""What Wagtail's admin is told: each screen registers its own."""

from theme.admin.rounds_day import hooks as rounds_day_hooks  # noqa: F401
