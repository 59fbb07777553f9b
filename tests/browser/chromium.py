"""A headless Chromium driven over its debugging pipe, with the standard library alone.

Commands are JSON ended by a null byte, written to the browser's file descriptor 3 and read from 4.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
PATIENCE_S = 60.0


class BrowserError(RuntimeError):
    """The browser refused a command, or a page's script failed."""


def found() -> str | None:
    """The browser's program, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One browser; pages are opened one after the other."""

    def __init__(self, program: str) -> None:
        self.profile = tempfile.mkdtemp(prefix="chromium-")
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()

        def hand_over() -> None:
            # copies above the range first, so that neither target is overwritten by the other
            high_in, high_out = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(high_in, 3)
            os.dup2(high_out, 4)

        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
            pass_fds=(3, 4),
            preexec_fn=hand_over,  # noqa: PLW1509 - no thread is running yet
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self.buffer, self.number, self.events = b"", 0, []

    def send(self, method: str, session: str | None = None, **given: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": given}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            reply = self.receive(PATIENCE_S)
            if reply is None:
                raise BrowserError(f"no answer to {method}")
            if reply.get("id") == self.number:
                if "error" in reply:
                    raise BrowserError(f"{method}: {reply['error']}")
                return reply["result"]
            self.events.append(reply)

    def receive(self, seconds: float) -> dict[str, Any] | None:
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.into], [], [], left)[0]:
                return None
            chunk = os.read(self.into, 1 << 20)
            if not chunk:
                raise BrowserError("the browser has gone")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def page(self, path: Path | str, **shown: Any) -> Page:
        """Open a file and wait until it is loaded."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.send(f"{domain}.enable")
        page.size(shown.pop("width", 1280), shown.pop("height", 900), **shown)
        page.open(path)
        return page

    def close(self) -> None:
        with contextlib.suppress(BrowserError, OSError):
            self.send("Browser.close")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.out)
        os.close(self.into)
        shutil.rmtree(self.profile, ignore_errors=True)


KEYS = {
    "Tab": ("Tab", 9, ""),
    "Enter": ("Enter", 13, "\r"),
    "Space": ("Space", 32, " "),
    "Escape": ("Escape", 27, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "ArrowLeft": ("ArrowLeft", 37, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "Home": ("Home", 36, ""),
    "End": ("End", 35, ""),
}


class Page:
    """A tab."""

    def __init__(self, browser: Chromium, session: str, target: str) -> None:
        self.browser, self.session, self.target = browser, session, target

    def send(self, method: str, **given: Any) -> dict[str, Any]:
        return self.browser.send(method, self.session, **given)

    def size(self, width: int, height: int, *, scale: float = 1, mobile: bool = False) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=mobile,
        )

    def media(self, kind: str = "", **features: str) -> None:
        """Pretend: `kind` print or screen, features such as `prefers_color_scheme`."""
        told = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.send("Emulation.setEmulatedMedia", media=kind, features=told)

    def open(self, path: Path | str) -> None:
        self.browser.events.clear()
        address = path if isinstance(path, str) else path.resolve().as_uri()
        self.send("Page.navigate", url=address)
        wanted = "complete" + address.partition("#")[0]
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.run("document.readyState + location.href.split('#')[0]") == wanted:
                return
            time.sleep(0.02)
        raise BrowserError(f"{address} did not load")

    def run(self, script: str) -> Any:
        """Return what a script gives; a promise is awaited."""
        reply = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in reply:
            raise BrowserError(str(reply["exceptionDetails"]))
        return reply["result"].get("value")

    def press(self, key: str, times: int = 1) -> None:
        name, code, text = KEYS[key]
        for _ in range(times):
            told = {"key": " " if key == "Space" else name, "code": name}
            self.send(
                "Input.dispatchKeyEvent",
                type="keyDown" if text else "rawKeyDown",
                windowsVirtualKeyCode=code,
                text=text,
                **told,
            )
            self.send("Input.dispatchKeyEvent", type="keyUp", windowsVirtualKeyCode=code, **told)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def settle(self, seconds: float = 0.3) -> None:
        """Let events arrive."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            event = self.browser.receive(left)
            if event is not None:
                self.browser.events.append(event)

    def mine(self, method: str) -> list[dict[str, Any]]:
        return [
            e["params"]
            for e in self.browser.events
            if e.get("method") == method and e.get("sessionId") == self.session
        ]

    def requests(self) -> list[str]:
        """Every address asked for since the page opened, pictures written into it left out."""
        asked = [e["request"]["url"] for e in self.mine("Network.requestWillBeSent")]
        return [url for url in asked if not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """What the console, the policy and uncaught errors said."""
        said = [e["entry"]["text"] for e in self.mine("Log.entryAdded")]
        said += [str(e["exceptionDetails"]) for e in self.mine("Runtime.exceptionThrown")]
        for event in self.mine("Runtime.consoleAPICalled"):
            if event["type"] in {"error", "warning"}:
                said.append(str(event["args"]))
        return said

    def close(self) -> None:
        self.browser.send("Target.closeTarget", targetId=self.target)
