"""Scripts and styles that a page carries inside itself, from installed packages only.

A page opened from disk must not ask the network for anything. Elements of folium name what they
need by address; here every address is either one of ours (`package:`) and is written into the
page, or the page is refused.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

__all__ = ["AssetError", "asset_text", "content_security_policy", "template_text"]

SCHEME = "package:"
LEAFLET_JS = f"{SCHEME}js_lib_leaflet/static/js_lib_leaflet/leaflet.js"
LEAFLET_CSS = f"{SCHEME}js_lib_leaflet/static/js_lib_leaflet/leaflet.css"
SOURCE_MAP = re.compile(r"//# sourceMappingURL=\S*\s*$")
# Drawing marks for browsers that stopped in 2013: an address that means nothing today.
OLD_VECTORS = re.compile(r"\s*behavior:\s*url\(#default#VML\);")
CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
IMAGE_KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


class AssetError(ValueError):
    """A page would need something that no installed package gives."""


@cache
def asset_text(address: str) -> str:
    """Return a script or style of an installed package, complete in itself.

    Parameters
    ----------
    address
        `package:<package>/<path>`.

    Raises
    ------
    AssetError
        When the address is not of that form, the package does not hold it, or it refers to
        something that cannot be written into the page.
    """
    if not address.startswith(SCHEME):
        raise AssetError(
            f"the page asks for '{address}'. Pages hold no addresses: give the asset from an "
            f"installed package as '{SCHEME}<package>/<path>'"
        )
    package, _, path = address.removeprefix(SCHEME).partition("/")
    folder = path.rpartition("/")[0]
    try:
        text = files(package).joinpath(path).read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise AssetError(f"no installed package holds '{address}'") from error
    text = text.replace("\r\n", "\n")
    if path.endswith(".css"):
        text = OLD_VECTORS.sub("", text)
        text = CSS_URL.sub(lambda found: f"url({_image(package, folder, found.group(1))})", text)
    text = SOURCE_MAP.sub("", text)
    if "</script" in text.lower() or "</style" in text.lower():
        raise AssetError(f"'{address}' would end its own element")
    return text


def _image(package: str, folder: str, name: str) -> str:
    kind = IMAGE_KINDS.get(name[name.rfind(".") :])
    if kind is None or ":" in name or name.startswith("/"):
        raise AssetError(f"a style asks for '{name}', which cannot be written into the page")
    content = files(package).joinpath(f"{folder}/{name}").read_bytes()
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def template_text(name: str) -> str:
    """Return one of our own page parts from `maps/templates`."""
    return (
        files("maps")
        .joinpath(f"templates/{name}")
        .read_text(encoding="utf-8")
        .replace("\r\n", "\n")
    )


def _hashes(parts: list[str]) -> str:
    digests = {hashlib.sha256(part.encode("utf-8")).digest() for part in parts}
    return " ".join(f"'sha256-{base64.b64encode(d).decode('ascii')}'" for d in sorted(digests))


def content_security_policy(html: str) -> str:
    """Return a policy under which a page runs only what is written in it and fetches nothing.

    Parameters
    ----------
    html
        The page; its scripts stand in plain `<script>` elements and its styles in `<style>`.
    """
    scripts, styles = _hashes(SCRIPT.findall(html)), _hashes(STYLE.findall(html))
    return (
        f"default-src 'none'; script-src {scripts or chr(39) + 'none' + chr(39)}; "
        f"style-src {styles or chr(39) + 'none' + chr(39)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
