"""PURE: what is counted, in which windows and intervals, and what each figure means."""
