"""Rotas as they come from outside: read, laid out as turns, and told to the engine whenever they say something new."""
