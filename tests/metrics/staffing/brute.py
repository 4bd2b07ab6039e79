"""The models once more, without any of their formulas: generators written out, solved and stepped the plain way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Vector = list[float]


def stationary(up: Callable[[int], float], down: Callable[[int], float], highest: int) -> Vector:
    """The equilibrium of a birth-death chain on 0 .. highest, by elimination on its whole generator."""
    size = highest + 1
    matrix = [[0.0] * (size + 1) for _ in range(size)]
    for state in range(size):
        rise = up(state) if state < highest else 0.0
        fall = down(state) if state else 0.0
        matrix[state][state] -= rise + fall
        if state < highest:
            matrix[state + 1][state] += rise
        if state:
            matrix[state - 1][state] += fall
    matrix[-1] = [1.0] * (size + 1)
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda row: abs(matrix[row][pivot]))
        matrix[pivot], matrix[best] = matrix[best], matrix[pivot]
        for row in range(size):
            if row != pivot and matrix[row][pivot]:
                share = matrix[row][pivot] / matrix[pivot][pivot]
                matrix[row] = [one - share * other for one, other in zip(matrix[row], matrix[pivot], strict=True)]
    return [matrix[state][size] / matrix[state][state] for state in range(size)]


def stepped(slope: Callable[[float, Vector], Vector], start: Vector, since: float, until: float, steps: int) -> Vector:
    """An ordinary differential equation, by the classical Runge-Kutta method."""
    h, now, at = (until - since) / steps, start, since
    for _ in range(steps):
        a = slope(at, now)
        b = slope(at + h / 2, [x + h / 2 * k for x, k in zip(now, a, strict=True)])
        c = slope(at + h / 2, [x + h / 2 * k for x, k in zip(now, b, strict=True)])
        d = slope(at + h, [x + h * k for x, k in zip(now, c, strict=True)])
        now = [x + h / 6 * (p + 2 * q + 2 * r + s) for x, p, q, r, s in zip(now, a, b, c, d, strict=True)]
        at += h
    return now


def chain_slope(
    up: float, mu: float, theta: float, agents: Callable[[float], int]
) -> Callable[[float, Vector], Vector]:
    """Forward equations of the number present; nothing rises out of the last state."""

    def slope(at: float, shares: Vector) -> Vector:
        n, last = agents(at), len(shares) - 1
        fall = [min(k, n) * mu + max(0, k - n) * theta for k in range(last + 1)]
        return [
            (up * shares[k - 1] if k else 0.0)
            + (fall[k + 1] * shares[k + 1] if k < last else 0.0)
            - ((up if k < last else 0.0) + fall[k]) * shares[k]
            for k in range(last + 1)
        ]

    return slope


def fates(
    mu: float, theta: float, agents: Callable[[float], int], present: int, since: float, within: float, steps: int
) -> tuple[float, float]:
    """(answered, waiting) of a contact that finds so many present: the race of the line is followed, place by place."""
    if present < agents(since):
        return 1.0, 0.0

    def slope(at: float, shares: Vector) -> Vector:
        """shares[k]: k contacts stand or talk before the one that is followed; those with a free agent are gone."""
        n = agents(at)
        pace = [n * mu + (k - n) * theta if k >= n else 0.0 for k in range(present + 1)]
        own = [theta if k >= n else 0.0 for k in range(present + 1)]
        return [
            (pace[k + 1] * shares[k + 1] if k < present else 0.0) - (pace[k] + own[k]) * shares[k]
            for k in range(present + 1)
        ] + [sum(theta * shares[k] for k in range(present + 1) if k >= n)]

    start = [0.0] * present + [1.0, 0.0]
    shares = stepped(slope_with_gone(slope), start, since, since + within, steps)
    n = agents(since + within - 1e-9)
    waiting = sum(shares[k] for k in range(present + 1) if k >= n)
    return 1 - waiting - shares[-1], waiting


def slope_with_gone(slope: Callable[[float, Vector], Vector]) -> Callable[[float, Vector], Vector]:
    """The last share counts who is gone; the slope looks only at the places before it."""
    return lambda at, shares: slope(at, shares[:-1])


def mean(weights: Sequence[float], shares: Sequence[float]) -> float:
    """Sum of products."""
    return sum(one * other for one, other in zip(weights, shares, strict=True))
