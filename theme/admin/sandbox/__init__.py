"""The sandbox: what a draft would do, before anybody publishes it."""
