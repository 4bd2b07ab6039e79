"""What an action about a queue has brought: the same minutes played once more, without it (docs/effects.md)."""
