"""The fitted law. Written by `python -m benchmarks.projection --fit`; nothing here is typed by hand.

Fitted to vanad-2014, up to 28 February 2014, T = [20, 60] s.
"""

from floorwatch.metrics.projection.law import Fit

FITTED = Fit(
    weights={
        "one": (0.615, 0.052),
        "line": (1.107, -0.289),
        "line_strong": (0.088, -0.037),
        "level_5m": (0.172, -0.055),
        "level_15m": (0.126, 0.013),
        "own_15m": (0.032, -0.049),
        "own_60m": (0.451, -0.062),
        "today": (0.181, -0.002),
        "usual_change": (0.391, -0.053),
    },
    spreads=(
        (5, 2.8, 1.4),
        (15, 2.8, 1.5),
        (240, 1.3, 1.1),
    ),
)
"""What each term weighs, and how far the outcomes spread; what they mean stands in `law`."""
