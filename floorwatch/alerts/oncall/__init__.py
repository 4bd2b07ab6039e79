"""PURE: who is on call, whom an alert is carried to step by step, and what they were told of it."""
