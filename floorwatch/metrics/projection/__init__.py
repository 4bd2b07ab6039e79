"""Where the interval and the day will end: the service level at the end, as a distribution, from what is known now."""
