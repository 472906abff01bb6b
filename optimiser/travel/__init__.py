"""Travel minutes between points: by road map where there is one, by great circle where not."""
