"""Telling the floor: what is outside of us and shows or is told of alerts. Each output has one worker, and no other."""
