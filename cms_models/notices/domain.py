"""Rules of notices: when to try again, how a webhook is signed."""
