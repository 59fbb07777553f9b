"""Debian's headless Chromium, driven by Playwright; the browser that Playwright brings is not used."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright
from playwright.sync_api import Page as Tab

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ("--force-color-profile=srgb", "--disable-component-update")
KEYS = {"Space": " "}


def found() -> str | None:
    """The browser's program, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One browser; every page has a context of its own."""

    def __init__(self, program: str) -> None:
        self.driver = sync_playwright().start()
        self.browser: Browser = self.driver.chromium.launch(
            executable_path=program, args=list(FLAGS), chromium_sandbox=False
        )

    def page(self, path: Path | str, *, width: int = 1280, height: int = 900) -> Page:
        """Open a file and wait until it is loaded."""
        context = self.browser.new_context(viewport={"width": width, "height": height})
        page = Page(context.new_page())
        page.open(path)
        return page

    def close(self) -> None:
        self.browser.close()
        self.driver.stop()


class Page:
    """A tab, with what it asked for and what it complained of since it was opened."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.tools: CDPSession = tab.context.new_cdp_session(tab)
        self.asked: list[str] = []
        self.said: list[str] = []
        self.saved: list[Any] = []
        tab.on("request", lambda request: self.asked.append(request.url))
        tab.on("pageerror", lambda error: self.said.append(str(error)))
        tab.on("download", lambda saved: self.saved.append(saved))  # noqa: PLW0108 - a builtin cannot listen
        tab.on(
            "console",
            lambda note: self.said.append(note.text) if note.type in {"error", "warning"} else None,
        )

    def size(self, width: int, height: int) -> None:
        self.tab.set_viewport_size({"width": width, "height": height})

    def media(self, kind: str | None = None, **features: str) -> None:
        """Pretend: `kind` print or screen, features such as `color_scheme` and `reduced_motion`."""
        self.tab.emulate_media(media=kind, **features)

    def open(self, path: Path | str) -> None:
        self.asked.clear()
        self.said.clear()
        address = path if isinstance(path, str) else path.resolve().as_uri()
        self.tab.goto(address)

    def run(self, script: str) -> Any:
        """Return what a script gives; a promise is awaited."""
        return self.tab.evaluate(script)

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.tab.keyboard.press(KEYS.get(key, key))

    def type(self, text: str) -> None:
        self.tab.keyboard.insert_text(text)

    def picture(self, path: Path, *, whole: bool = False) -> None:
        self.tab.screenshot(path=path, full_page=whole)

    def settle(self, seconds: float = 0.3) -> None:
        """Let events arrive."""
        self.tab.wait_for_timeout(1000 * seconds)

    def wait_while(self, script: str, seconds: float = 5) -> None:
        """Wait until a script gives nothing; on a busy machine animations take their time."""
        for _ in range(round(10 * seconds)):
            if not self.run(f"!!({script})"):
                return
            self.settle(0.1)
        raise AssertionError(f"still so after {seconds} s: {script}")

    def requests(self) -> list[str]:
        """Every address asked for since the page opened, pictures written into it left out."""
        return [url for url in self.asked if not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """What the console, the policy and uncaught errors said."""
        return list(self.said)

    def close(self) -> None:
        self.tab.context.close()
