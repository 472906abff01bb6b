"""Reading rounds: what the engine is asked, a day as people see it, and the dashboard."""
