"""PURE: what breaks a promise, and the life of an alert about it; `outside` and `inside` take in what is said."""
