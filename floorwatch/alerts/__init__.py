"""PURE: what breaks a promise, and the life of an alert about it."""
