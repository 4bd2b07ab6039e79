"""The fitted law. Written by `python -m benchmarks.projection --fit`; nothing here is typed by hand.

Fitted to vanad-2014, up to 28 February 2014, T = [20, 60] s; on 28 November 2026.
"""

from floorwatch.metrics.projection.law import Fit

FITTED = Fit(
    weights={
        "one": (0.645, 0.041),
        "line": (1.381, -0.369),
        "line_strong": (0.102, -0.044),
        "level_5m": (0.198, -0.062),
        "level_15m": (0.129, 0.010),
        "own_15m": (0.021, -0.045),
        "own_60m": (0.527, -0.090),
        "today": (0.176, -0.000),
        "usual_change": (0.392, -0.053),
    },
    spreads=(
        (5, 3.25, 1.78),
        (10, 2.93, 2.07),
        (15, 2.74, 2.23),
        (60, 1.88, 1.09),
        (240, 1.22, 1.26),
    ),
)
"""What each term weighs, and how far the outcomes spread; what they mean stands in `law`."""
