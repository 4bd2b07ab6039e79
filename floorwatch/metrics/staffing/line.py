"""A place in the line: when is a contact answered that has `ahead` contacts waiting before it, all agents busy?

With agents finishing at `pace` (n mu) and every waiting contact leaving at `theta`, the place falls from j to j - 1 at
rate n mu + j theta, and the contact is answered at the (j + 1)-th step. How many steps a line makes in a time r, were
it long enough, is a birth process whose rate grows by theta with every step: negative binomial (Poisson at theta = 0),

    P(i steps) = e^(-n mu r) prod_{m<i} g (n mu + m theta) / (m + 1),   g = (1 - e^(-theta r)) / theta

and by the symmetry of the order in which exponential times are added, P(V_j > r) = P(at most j steps), where V_j is the
wait of a contact who never leaves. A contact who may leave itself is one whose own clock joins the race:

    P(answered within r) = n mu / (n mu + (j + 1) theta) (1 - P'(at most j steps)),   P' with n mu + theta for n mu

Every term is positive: nothing cancels, for places in the tens of thousands.
"""

from __future__ import annotations

from math import exp, expm1, log

_FAR = 1e200
_LOG_FAR = log(_FAR)
_LOG_TINY = -745.0


def at_most(pace: float, theta: float, time_s: float, places: int) -> list[float]:
    """P(at most j steps in the time), j = 0 .. places - 1."""
    gained = time_s if theta == 0 else -expm1(-theta * time_s) / theta
    exponent = -pace * time_s
    factor = exp(exponent) if exponent > _LOG_TINY else 0.0
    term, total, found = 1.0, 0.0, []
    for step in range(places):
        total += term * factor
        found.append(total)
        term *= gained * (pace + step * theta) / (step + 1)
        if term > _FAR:  # keeps e^(-n mu r) from vanishing before the terms have grown
            term /= _FAR
            exponent += _LOG_FAR
            factor = exp(exponent) if exponent > _LOG_TINY else 0.0
    return found


def answered_within(pace: float, theta: float, time_s: float, places: int) -> list[float]:
    """P(answered within the time | j ahead), j = 0 .. places - 1."""
    if pace == 0:
        return [0.0] * places
    late = at_most(pace + theta, theta, time_s, places)
    return [pace / (pace + (ahead + 1) * theta) * max(0.0, 1 - beyond) for ahead, beyond in enumerate(late)]


def waiting_after(pace: float, theta: float, time_s: float, places: int) -> list[float]:
    """P(still waiting after the time | j ahead): neither answered nor gone."""
    stays = exp(-theta * time_s)
    return [stays * beyond for beyond in at_most(pace, theta, time_s, places)]


def places_after(pace: float, theta: float, time_s: float, ahead: int) -> list[float]:
    """P(i ahead after the time | `ahead` before), i = 0 .. ahead, of a contact who stays; what is missing is answered.

    P(i | j) = e^(-(n mu + j theta) r) prod_{m=i+1..j} g (n mu + m theta) / (j - m + 1),  g = (e^(theta r) - 1) / theta
    """
    grown = time_s if theta == 0 else expm1(theta * time_s) / theta
    exponent = -(pace + ahead * theta) * time_s
    factor = exp(exponent) if exponent > _LOG_TINY else 0.0
    term, found = 1.0, []
    for place in range(ahead, -1, -1):
        found.append(term * factor)
        term *= grown * (pace + place * theta) / (ahead - place + 1)
        if term > _FAR:
            term /= _FAR
            exponent += _LOG_FAR
            factor = exp(exponent) if exponent > _LOG_TINY else 0.0
    found.reverse()
    return found
