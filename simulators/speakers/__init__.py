"""How a floor's facts are said: each speaker is small, and speaks one protocol as its real counterpart does."""
