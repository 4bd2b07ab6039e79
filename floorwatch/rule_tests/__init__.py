"""Tests of rules as a supervisor writes them: a day in a few lines, and which alerts there are at which time."""
