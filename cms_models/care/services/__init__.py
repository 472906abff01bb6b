"""The only writers of care: registration, pricing, allocation and awards, endings."""
