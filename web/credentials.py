"""Credentials on a request: `Authorization: Bearer KEY.SECRET` (RFC 6750), or Alpaca's two headers."""

from collections.abc import Collection, Mapping

from aiohttp import web

from ticker.authorizer import Authorizer, Credentials, Grant
from web.errors import error_response

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ticker"'}


def credentials_of(headers: Mapping[str, str]) -> Credentials | None:
    """What a request shows; None where it shows nothing."""
    if "APCA-API-KEY-ID" in headers or "APCA-API-SECRET-KEY" in headers:
        return Credentials(headers.get("APCA-API-KEY-ID", ""), headers.get("APCA-API-SECRET-KEY", ""))
    scheme, _, token = headers.get("Authorization", "").strip().partition(" ")
    return credentials_from(token.strip()) if scheme.lower() == "bearer" else None


def credentials_from(token: str) -> Credentials:
    """The two halves of `KEY.SECRET`."""
    key, _, secret = token.partition(".")
    return Credentials(key, secret)


def may_read(authorizer: Authorizer, headers: Mapping[str, str], channels: Collection[str]) -> bool:
    """Whether a request with these headers may read all of `channels`."""
    grant = authorizer.grant(credentials_of(headers))
    return grant is not None and grant.allows(channels)


def grant_of(authorizer: Authorizer, headers: Mapping[str, str]) -> Grant | web.Response:
    """What a request with these headers may read, or the answer to wrong credentials: 401."""
    return authorizer.grant(credentials_of(headers)) or not_authenticated()


def not_authenticated() -> web.Response:
    """The answer to credentials that are wrong, or have been revoked: 401."""
    hint = "send Authorization: Bearer KEY.SECRET with a key that has not been revoked"
    return error_response(401, "not_authenticated", "the key or its secret is not right", hint, _CHALLENGE)


def refusal_of(grant: Grant, channels: Collection[str]) -> web.Response | None:
    """The answer to a request that may not read all of `channels`: 401 or 403; None where it may."""
    refused = grant.refused(channels)
    if not refused:
        return None
    names = ", ".join(refused[:5])
    if grant.key is None:
        hint = "send Authorization: Bearer KEY.SECRET, or ask for other channels"
        return error_response(401, "not_authenticated", f"not everybody may read {names}", hint, _CHALLENGE)
    return error_response(403, "not_allowed", f"not allowed to read {names}", "ask for other channels")
