"""The one place that goes online: requests by httpx, redirects looked at one by one, faults in words."""

import datetime
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx

from ... import __version__
from ...errors import FetchError
from .download import Patience
from .environment import own_environment, shown

_MOST_REDIRECTS = 10
_REDIRECTS = {301, 302, 303, 307, 308}
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_WORDS = {
    401: "asks for a name and password",
    403: "refuses access",
    404: "has no such file",
    407: "is behind a proxy that asks for a name and password",
    410: "has the file no more",
    451: "may not give the file",
}


class PassingError(Exception):
    """What another try may mend.

    Attributes
    ----------
    wait_s : float or None
        What the server asks to wait.
    tries : int or None
        After so many in a row it is given up, if not after as many as usual.
    barren : bool
        Whether the try counts as one that brought nothing, whatever it brought.
    """

    def __init__(
        self, text: str, *, wait_s: float | None = None, tries: int | None = None, barren: bool = False
    ) -> None:
        super().__init__(text)
        self.wait_s, self.tries, self.barren = wait_s, tries, barren


class AbsentError(FetchError):
    """The service has no such file (404, 410)."""


def client_of(patience: Patience) -> httpx.Client:
    """Return a client that follows no redirects, takes proxies and certificates of the environment.

    Raises
    ------
    FetchError
        If a proxy or a file of certificates in the environment cannot be used.
    """
    try:
        with own_environment():
            return httpx.Client(
                timeout=httpx.Timeout(patience.read_s, connect=patience.connect_s),
                headers={"User-Agent": f"nanyi-gis/{__version__}", "Accept-Encoding": "identity", "Accept": "*/*"},
                follow_redirects=False,
            )
    except (ValueError, ImportError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(
            f"the proxy in the environment cannot be used ({_short(error)}); correct HTTP_PROXY, HTTPS_PROXY or "
            "ALL_PROXY"
        ) from error
    except (OSError, ssl.SSLError) as error:
        raise FetchError(
            f"the certificates in the environment cannot be read ({_short(error)}); correct SSL_CERT_FILE or "
            "SSL_CERT_DIR"
        ) from error


@contextmanager
def answer(
    client: httpx.Client, url: str, *, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> Iterator[httpx.Response]:
    """Open the answer of a server that is one: 200, 206 or 416, behind at most ten redirects.

    Raises
    ------
    PassingError
        If the server is busy or the connection fails, which may pass.
    FetchError
        If it does not give the file: the address, what is the matter, and the cure.
    """
    seen = [url]
    while True:
        with _in_words(seen[-1]), client.stream(method, seen[-1], headers=dict(headers or {})) as response:
            if response.status_code in _REDIRECTS:
                seen.append(_next(seen, response))
                continue
            _refuse(response, seen[-1])
            yield response
            return


def _next(seen: list[str], response: httpx.Response) -> str:
    """Return where a redirect leads, if it may be followed."""
    here = shown(seen[0])
    goal: str = urljoin(seen[-1], response.headers.get("location", ""))
    scheme = urlsplit(goal).scheme
    if scheme not in {"http", "https"} or not urlsplit(goal).hostname:
        raise FetchError(f"{here} leads to {shown(goal)}, but only http and https are followed; check the address")
    if scheme == "http" and urlsplit(seen[-1]).scheme == "https":
        raise FetchError(f"{here} leads from https to {shown(goal)}, which is not protected; give another --base-url")
    if goal in seen or len(seen) > _MOST_REDIRECTS:
        raise FetchError(f"{here} leads in a circle of redirects; check the address, or give another --base-url")
    return goal


def _refuse(response: httpx.Response, url: str) -> None:
    status, host = response.status_code, urlsplit(url).hostname
    if status in {200, 206, 416}:
        return
    if status in _BUSY:
        raise PassingError(f"{host} is busy ({status})", wait_s=_wait(response.headers.get("retry-after")))
    error = AbsentError if status in {404, 410} else FetchError
    words = _WORDS.get(status, f"answers {status}")
    note = f" ({status})" if status in _WORDS else ""
    raise error(f"{host} {words}{note}: {shown(url)}; check the address, or give another --base-url")


def _wait(text: str | None) -> float | None:
    """Return the seconds of ``Retry-After``, which gives them or a date.

    >>> _wait("7"), _wait("soon"), _wait("Wed, 21 Oct 2015 07:28:00 GMT")
    (7.0, None, 0.0)
    """
    if text is None:
        return None
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max((moment - datetime.datetime.now(tz=datetime.UTC)).total_seconds(), 0.0)


@contextmanager
def _in_words(url: str) -> Iterator[None]:
    """Turn the faults of a connection into ours."""
    host = urlsplit(url).hostname
    try:
        yield
    except httpx.ProxyError as error:
        raise FetchError(f"{_proxy(url)} does not let {host} through ({_short(error)}); correct the proxy") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
        raise FetchError(f"{shown(url)} is no address that can be asked ({_short(error)}); correct it") from error
    except httpx.ConnectError as error:
        if _has(error, ssl.SSLError):
            raise FetchError(
                f"the certificate of {host} is not trusted ({_short(error)}); where a proxy checks the traffic, "
                "set SSL_CERT_FILE to its certificates"
            ) from error
        raise PassingError(f"{host} cannot be reached{_through(url)} ({_short(error)})", tries=3) from error
    except httpx.ConnectTimeout as error:
        raise PassingError(f"{host} does not answer{_through(url)}", tries=3) from error
    except httpx.TimeoutException as error:
        raise PassingError(f"{host} fell silent{_through(url)}") from error
    except httpx.TransportError as error:
        raise PassingError(f"the connection to {host} broke off ({_short(error)})") from error
    except httpx.HTTPError as error:
        raise PassingError(f"{host} gave no sound answer ({_short(error)})") from error


def proxy_of(url: str) -> str:
    """Return the proxy that the environment names for an address, without a password; empty if there is none."""
    parts = urlsplit(url)
    with own_environment():
        proxies = urllib.request.getproxies()
        if parts.hostname and urllib.request.proxy_bypass(parts.hostname):
            return ""
    return shown(proxies.get(parts.scheme) or proxies.get("all") or "")


def _proxy(url: str) -> str:
    return f"the proxy {proxy_of(url)}".rstrip()


def _through(url: str) -> str:
    proxy = proxy_of(url)
    return f" through the proxy {proxy}" if proxy else ""


def _has(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
