"""The provider portal: a provider's own pages, apart from the council's admin."""
