"""Reports of days, weeks and months, from the history: built once, written as CSV, JSON, HTML or text."""
