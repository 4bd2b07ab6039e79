"""Signing in with a browser: a page that asks for the token, and a cookie that keeps it.

An `EventSource` cannot send headers, so the wallboard of a daemon with tokens needs the cookie. It holds the token
itself: a screen on a wall stays signed in when the daemon restarts, and a token taken out of the configuration is out.
"""

from __future__ import annotations

import asyncio
import html
from string import Template

import structlog
from aiohttp import hdrs, web

from floorwatch.metrics.catalogue import LANGUAGES, Language
from floorwatch.metrics.phrases import phrase
from floorwatch.serve.auth import PEOPLE, Access, Grant, TooManyAttemptsError
from floorwatch.serve.body import read_form
from floorwatch.serve.wallboard import PLACES

COOKIE = "floorwatch_token"
KEPT_S = 180 * 86_400

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The page's own: it runs no script at all, and is the only one that sends a form."""

_PAGE = Template("""<!doctype html>
<html lang="$html_lang">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="dark light">
  <title>$title · floorwatch</title>
  <link rel="icon" href="/static/shell/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/shell/alone.css">
  <link rel="stylesheet" href="/static/shell/sign_in.css">
</head>
<body>
  <main>
    <h1>floorwatch</h1>
$content
    <p class="language"><a href="$elsewhere" hreflang="$other" lang="$other_html_lang">$other_name</a></p>
  </main>
</body>
</html>
""")
_ASKING = Template("""    <form method="post"$action>
      $said
      <label for="token">$label</label>
      <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false"
             aria-describedby="hint" required autofocus>
      <p id="hint" class="hint">$hint</p>
      <button type="submit">$enter</button>
    </form>""")
_AGAIN = Template("""
    <form class="again">
      $wishes
      <button type="submit">$label</button>
    </form>""")
"""Asks for the same page, from our own one, whereupon the browser gives the cookie. Not by itself: a page that is
refreshed at an address with a # is not asked for again."""
_SIGNED_IN = Template("""    $said
    <p>$known</p>
    <form method="post" action="/sign-out?lang=$lang">
      <a class="button" href="/">$board</a>
      <button type="submit">$leave</button>
    </form>""")
HTML_LANG = {"en": "en", "zh": "zh-Hans"}

log = structlog.get_logger("floorwatch.access")


def wants_page(request: web.Request) -> bool:
    """Whether a person looks at the answer: a browser that opens an address."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get(hdrs.ACCEPT, "")


def sign_in_page(request: web.Request, *, status: int = 200, said: str = "") -> web.Response:
    """The page that asks for a token; `said`: what was wrong with the last one."""
    lang = language_of(request)
    words = {key: _say(f"sign_in.{key}", lang) for key in ("label", "hint", "enter")}
    # A form without an action goes to the page's own address, and what stands after its # is kept: so who follows a
    # link to one alert is there after signing in, and this page still runs no script.
    action = "" if request.path in PLACES else f' action="/sign-in?lang={lang}"'
    again = ""
    if _came_by_link(request):
        wishes = {**request.query, "again": "1"}
        fields = (
            f'<input type="hidden" name="{html.escape(key)}" value="{html.escape(wishes[key])}">' for key in wishes
        )
        again = _AGAIN.substitute(wishes="".join(fields), label=_say("sign_in.again", lang))
    return _page(request, _ASKING.substitute(words, action=action, said=_alert(said)) + again, status)


def signed_in_page(request: web.Request, grant: Grant, *, status: int = 200, said: str = "") -> web.Response:
    """Who is signed in, and the way out; `said`: why the page that was asked for is not shown."""
    lang = language_of(request)
    words = {key: _say(f"sign_in.{key}", lang) for key in ("board", "leave")}
    known = html.escape(phrase("sign_in.known", lang, name=grant.name, role=grant.role))
    return _page(request, _SIGNED_IN.substitute(words, lang=lang, known=known, said=_alert(said)), status)


def not_enough_page(request: web.Request, grant: Grant, need: str) -> web.Response:
    """The page is for another role than that of who asks."""
    said = phrase("sign_in.not_enough", language_of(request), role=need)
    return signed_in_page(request, grant, status=403, said=said)


def forget_cookie(response: web.StreamResponse) -> None:
    """Take the cookie back."""
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")


class SignIn:
    """`/sign-in` and `/sign-out`; and the form of the page in place of every other one, which leads to that one."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def show(self, request: web.Request) -> web.Response:
        """The page; for who is signed in, the way out."""
        token = request.cookies.get(COOKIE)
        if not self._access.grants:
            return _see("/")
        if token is None:
            return sign_in_page(request)
        lang = language_of(request)
        try:
            grant = self._access.identify(token, request.remote or "", _now_s())
        except TooManyAttemptsError as refusal:
            return _wait(request, refusal)
        if grant is None:
            response = sign_in_page(request, said=phrase("sign_in.wrong", lang))
            forget_cookie(response)
            return response
        return signed_in_page(request, grant)

    async def enter(self, request: web.Request) -> web.Response:
        """Keep the token of the form in the cookie, when it is one of a person."""
        if not self._access.grants:
            return _see("/")
        lang = language_of(request)
        try:
            token = await _token_of(request)
            grant = self._access.identify(token, request.remote or "", _now_s()) if token else None
        except TooManyAttemptsError as refusal:
            return _wait(request, refusal)
        if grant is None:
            return sign_in_page(request, status=401, said=phrase("sign_in.wrong", lang))
        if grant.role not in PEOPLE:
            return sign_in_page(request, status=403, said=phrase("sign_in.machine", lang, role=grant.role))
        log.info("access.signed_in", actor=grant.name, role=grant.role, remote=request.remote)
        response = _see(_place_of(request))
        response.set_cookie(
            COOKIE,
            token,
            max_age=KEPT_S,
            path="/",
            httponly=True,
            samesite="Strict",
            # A proxy that ends TLS says so. Who forges it only keeps the cookie from coming back to us.
            secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
        )
        return response

    async def leave(self, _request: web.Request) -> web.Response:
        """Take the cookie back."""
        response = _see("/sign-in")
        forget_cookie(response)
        return response


async def _token_of(request: web.Request) -> str:
    """The token of the form; empty when there is none."""
    return (await read_form(request)).get("token", "").strip()


def _wait(request: web.Request, refusal: TooManyAttemptsError) -> web.Response:
    wait_s = int(refusal.wait_s) + 1
    said = phrase("sign_in.wait", language_of(request), wait_ms=wait_s * 1000)
    response = sign_in_page(request, status=429, said=said)
    response.headers[hdrs.RETRY_AFTER] = str(wait_s)
    return response


def _place_of(request: web.Request) -> str:
    """The page that was asked for, with its wishes; the floor where it was none."""
    if request.path not in PLACES:
        return "/"
    wishes = request.rel_url.raw_query_string
    return f"{request.path}?{wishes}" if wishes else request.path


def _came_by_link(request: web.Request) -> bool:
    """Whether a link of another site led to a page, and the browser kept back the cookie it may have."""
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    return is_foreign and request.method == "GET" and request.path in PLACES and COOKIE not in request.cookies


def _see(place: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: place, hdrs.CACHE_CONTROL: "no-store"})


def _page(request: web.Request, content: str, status: int = 200) -> web.Response:
    lang = language_of(request)
    other: Language = "en" if lang == "zh" else "zh"
    elsewhere = str(request.rel_url.update_query(lang=other)) if request.path in PLACES else f"/sign-in?lang={other}"
    text = _PAGE.substitute(
        html_lang=HTML_LANG[lang],
        title=_say("sign_in.title", lang),
        content=content,
        other=other,
        elsewhere=html.escape(elsewhere),
        other_html_lang=HTML_LANG[other],
        other_name=_say("control.language", lang),
    )
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={
            hdrs.CACHE_CONTROL: "no-store",
            hdrs.VARY: "Accept-Language, Cookie",
            "Content-Security-Policy": POLICY,
        },
    )


def _alert(said: str) -> str:
    return f'<p class="said" role="alert">{html.escape(said)}</p>' if said else ""


def _say(key: str, lang: Language) -> str:
    return html.escape(phrase(key, lang))


def language_of(request: web.Request) -> Language:
    """The one asked for; else the first of the browser's that we speak."""
    asked = [request.query.get("lang", "")]
    asked += [part.strip() for part in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",")]
    for wish in asked:
        for lang in LANGUAGES:
            if wish.lower().startswith(lang):
                return lang
    return "en"


def _now_s() -> float:
    return asyncio.get_running_loop().time()
