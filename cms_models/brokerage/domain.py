"""Rules of brokerage: clocks, tiers, whom to ask, what an offer may say, hand-backs."""
