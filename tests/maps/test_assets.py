"""Pages hold what they need and refuse to fetch anything."""

import base64
import hashlib

import pytest

from maps.assets import (
    LEAFLET_CSS,
    LEAFLET_JS,
    AssetError,
    asset_text,
    content_security_policy,
)


def test_leaflet_comes_from_its_package():
    script = asset_text(LEAFLET_JS)
    assert "Leaflet 1.9.4" in script[:200]
    assert "(c) 2010-2023 Vladimir Agafonkin" in script[:200], "the licence asks for the notice"
    assert "sourceMappingURL" not in script


def test_styles_carry_their_images():
    style = asset_text(LEAFLET_CSS)
    assert "url(data:image/png;base64," in style
    assert "url(images" not in style
    assert "VML" not in style


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.example/leaflet.js",
        "//cdn.example/leaflet.js",
        "leaflet.js",
        "package:js_lib_leaflet/static/nothing.js",
        "package:no_such_package/x.js",
    ],
)
def test_unknown_address_fails_closed(address):
    with pytest.raises(AssetError):
        asset_text(address)


def test_policy_names_every_script_and_style():
    html = "<style>a{}</style><script>one()</script><script>two()</script>"
    policy = content_security_policy(html)
    for part in ("one()", "two()", "a{}"):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
