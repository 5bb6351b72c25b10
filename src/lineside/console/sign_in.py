"""Signing in and out, and the admin's part of it: login codes and tokens.

The login link ``GET /login?code=…`` is made for people: it answers with a redirect to the page, or with a page that
says what to do. A program sends the code to ``POST /api/login``. Neither the code nor any query is ever logged.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from lineside.console.access import Access, TokenInfo, set_cookie
from lineside.errors import LinesideError, NotAllowed
from lineside.runtime.command import Role
from lineside.runtime.desk import Actor
from lineside.runtime.request_fields import read_json, read_query
from lineside.runtime.routes import (
    HTML,
    Done,
    NotSignedIn,
    Request,
    Response,
    Route,
    RouteDoc,
    WrongMethod,
    json_response,
    status_of_error,
)

# After `$` Python still takes a line end, which the lookahead forbids; JSON Schema knows both.
Name = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.~-]{1,64}$(?!\n)", description="1 to 64 of A-Z a-z 0-9 _ . ~ -")
]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$(?!\n)")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

_WRONG_CODE_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>lineside</title></head>
<body><h1>This login link is not valid</h1>
<p>A link works once and for ten minutes. On the server, run <code>lineside login</code> for a new one.</p>
</body></html>
"""


class LoginQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The query of the login link."""

    code: Code


class LoginRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A login code, sent by the page or a program."""

    code: Code


class LoginCodeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a login code is made.

    Attributes:
        name: how the journal will call the person: ``anna``.
        gateways: names that they may see and steer; null means all.
    """

    name: Label = "console"
    role: Role = Role.ADMIN
    gateways: tuple[Name, ...] | None = None


class LoginCode(msgspec.Struct, frozen=True):
    """A login code; ``path`` follows the server's address in a link."""

    code: str
    path: str
    seconds: float


class Me(msgspec.Struct, frozen=True):
    """Who I am. ``gateways`` null means all."""

    name: str
    role: Role
    gateways: tuple[str, ...] | None


class TokenRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to make.

    Attributes:
        gateways: names that it may see and steer; null means all.
        expires_s: seconds from now, at most ten years; null means never.
    """

    label: Label
    role: Role = Role.VIEWER
    gateways: tuple[Name, ...] | None = None
    expires_s: Annotated[float, msgspec.Meta(gt=0, le=315_360_000)] | None = None


class NewToken(msgspec.Struct, frozen=True):
    """A token that was made; its text is shown this once."""

    token: str
    info: TokenInfo


class TokenList(msgspec.Struct, frozen=True):
    """All tokens ever made, oldest first."""

    tokens: list[TokenInfo]


class SignIn:
    """The routes of signing in."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def routes(self) -> list[Route]:
        """Everything about who comes in."""
        admin, viewer = Role.ADMIN, Role.VIEWER
        link = RouteDoc(
            "Trade a login code for a session and go to the page.",
            query=LoginQuery,
            success=303,
            content_type=HTML,
            statuses=(403, 429),
        )
        trade = RouteDoc("Trade a login code for a session cookie.", LoginRequest, Me, statuses=(403, 413, 415, 429))
        code = RouteDoc("Make a single-use login code.", LoginCodeRequest, LoginCode, statuses=(413, 415), success=201)
        create = RouteDoc(
            "Make a token; its text is shown only now.",
            TokenRequest,
            NewToken,
            statuses=(413, 415, 429, 503),
            success=201,
        )
        revoke = RouteDoc("Revoke a token.", response=TokenInfo, statuses=(404, 503))
        return [
            Route("GET", "/login", self._follow_link, None, link),
            Route("POST", "/api/login", self._sign_in, None, trade),
            Route("POST", "/api/logout", self._sign_out, None, RouteDoc("End my session.", response=Done)),
            Route("GET", "/api/me", self._me, viewer, RouteDoc("Who I am.", response=Me)),
            Route("POST", "/api/login-codes", self._make_code, admin, code),
            Route("GET", "/api/tokens", self._tokens, admin, RouteDoc("All tokens.", response=TokenList)),
            Route("POST", "/api/tokens", self._create_token, admin, create),
            Route("DELETE", "/api/tokens/{id}", self._revoke_token, admin, revoke),
        ]

    async def _follow_link(self, request: Request) -> Response:
        if request.method != "GET":
            raise WrongMethod(["GET"])  # a previewer's HEAD must not use the code up
        headers = {"Cache-Control": "no-store"}
        try:
            session = self._access.sessions.trade(read_query(request, LoginQuery).code, request.remote)
        except LinesideError as error:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return Response(status_of_error(error), _WRONG_CODE_PAGE.encode(), HTML, headers)
        cookie = set_cookie(request, session, self._access.settings.session_s)
        return Response(303, b"", HTML, {**headers, "Location": "/", "Set-Cookie": cookie})

    async def _sign_in(self, request: Request) -> Response:
        session = self._access.sessions.trade(read_json(request, LoginRequest).code, request.remote)
        cookie = set_cookie(request, session, self._access.settings.session_s)
        me = _me_of(self._access.sessions.actor(session, request.remote))
        return json_response(me, headers={"Set-Cookie": cookie})

    async def _sign_out(self, request: Request) -> Response:
        self._access.sign_out(request)
        return json_response(Done(), headers={"Set-Cookie": set_cookie(request, "", 0)})

    async def _me(self, request: Request) -> Response:
        return json_response(_me_of(actor_of(request)))

    async def _make_code(self, request: Request) -> Response:
        wanted = read_json(request, LoginCodeRequest)
        require_all_gateways(actor_of(request))
        code = self._access.sessions.make_code(Actor(wanted.name, wanted.role, gateway_set(wanted.gateways)))
        return json_response(LoginCode(code, login_path(code), self._access.settings.code_s), 201)

    async def _tokens(self, request: Request) -> Response:
        require_all_gateways(actor_of(request))
        return json_response(TokenList(self._access.tokens()))

    async def _create_token(self, request: Request) -> Response:
        wanted = read_json(request, TokenRequest)
        actor = actor_of(request)
        require_all_gateways(actor)
        info, text = await self._access.create_token(
            wanted.label, wanted.role, gateway_set(wanted.gateways), wanted.expires_s, actor.name
        )
        return json_response(NewToken(text, info), 201)

    async def _revoke_token(self, request: Request) -> Response:
        actor = actor_of(request)
        require_all_gateways(actor)
        return json_response(await self._access.revoke_token(request.match["id"], actor.name))


def login_path(code: str) -> str:
    """What follows the server's address in a login link."""
    return f"/login?code={code}"


def actor_of(request: Request) -> Actor:
    """The actor of a request that the server let through.

    Raises:
        NotSignedIn: an open route that somebody must be signed in for after all.
    """
    if request.actor is None:
        raise NotSignedIn("sign in, or send a token")
    return request.actor


def require_all_gateways(actor: Actor) -> None:
    """Accept only an actor who sees everything: what follows reaches beyond any one gateway.

    Raises:
        NotAllowed: the actor is bound to some gateways.
    """
    if actor.gateways is not None:
        raise NotAllowed(f"{actor.name} is bound to gateways {', '.join(sorted(actor.gateways)) or 'none'}")


def gateway_set(names: tuple[str, ...] | None) -> frozenset[str] | None:
    """Names as an actor holds them; None stays None: all."""
    return None if names is None else frozenset(names)


def _me_of(actor: Actor) -> Me:
    return Me(actor.name, actor.role, None if actor.gateways is None else tuple(sorted(actor.gateways)))
