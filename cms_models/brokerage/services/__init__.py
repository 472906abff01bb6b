"""The only writers of brokerage records, by the act they serve."""
