"""The back-test: what rules would have done on recorded days, told by the very engine that runs live."""
