"""Chromium by the W3C WebDriver protocol over plain HTTP: pages from files, keys, clicks, pictures, PDF, and what the page logged.
Knows nothing of reports."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# No machine needs so long to draw a page.
PATIENCE = 120.0


def program(*names):
    """The first of these programs that is there."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit(f"none of {', '.join(names)} is installed (Debian packages chromium and chromium-driver)")


class Browser:
    """A browser without a window and without a past."""

    def __init__(self, width=1280, height=900, dark=False, scale=1):
        self.profile = tempfile.TemporaryDirectory(prefix="ictus-browser-", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen(
            [program("chromedriver"), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.root = None
        for line in self.driver.stdout:
            port = re.search(r"successfully on port (\d+)", line)
            if port:
                self.root = f"http://127.0.0.1:{port.group(1)}"
                break
        if self.root is None:
            raise SystemExit("chromedriver has not started")
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
            f"--user-data-dir={self.profile.name}", f"--window-size={width},{height}", f"--force-device-scale-factor={scale}",
        ]
        wanted = {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"binary": program("chromium", "chromium-browser"), "args": arguments},
        }
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        media = {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}
        self.tool("Emulation.setEmulatedMedia", media)
        # A window is never as narrow as a phone.
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 500}
        self.tool("Emulation.setDeviceMetricsOverride", size)
        # A new browser opens a page of its own first.
        self.own("POST", "/url", {"url": "about:blank"})
        self.asked()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.own("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            self.profile.cleanup()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, {"Content-Type": "application/json"}, method=method)
        # What the environment says of proxies is not for this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from error

    def own(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def tool(self, command, parameters):
        return self.own("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path):
        self.own("POST", "/url", {"url": pathlib.Path(path).resolve().as_uri()})

    def run(self, script, *arguments):
        return self.own("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, script):
        """Waits until a script gives something true, and gives it."""
        until = time.monotonic() + PATIENCE
        while True:
            found = self.run(script)
            if found:
                return found
            if time.monotonic() > until:
                raise AssertionError(f"this never came true: {script}")
            time.sleep(0.02)

    def find(self, selector):
        return self.own("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def text(self, selector):
        return self.own("GET", f"/element/{self.find(selector)}/text")

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center', behavior: 'instant'})", selector)
        self.own("POST", f"/element/{self.find(selector)}/click", {})

    def click_at(self, selector, across, down):
        """A click at parts of an element's width and height."""
        box = self.run(
            "const own = document.querySelector(arguments[0]); own.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const box = own.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]", selector
        )
        x, y = round(box[0] + across * box[2]), round(box[1] + down * box[3])
        steps = [
            {"type": "pointerMove", "duration": 0, "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.own("POST", "/actions", {"actions": [mouse]})

    def focus(self, selector):
        self.run("document.querySelector(arguments[0]).focus()", selector)

    def keys(self, text):
        """Types into what has the focus."""
        steps = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.own("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def choose(self, selector, value):
        self.run(
            "const own = document.querySelector(arguments[0]); own.value = arguments[1];"
            "own.dispatchEvent(new Event('input', {bubbles: true})); own.dispatchEvent(new Event('change', {bubbles: true}))",
            selector, value,
        )

    def picture(self, path, whole=True):
        shot = {"format": "png"}
        if whole:
            size = self.tool("Page.getLayoutMetrics", {})["cssContentSize"]
            shot |= {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}
        pathlib.Path(path).write_bytes(base64.b64decode(self.tool("Page.captureScreenshot", shot)["data"]))

    def pdf(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.own("POST", "/print", {"background": True, "page": {"width": 21, "height": 29.7}})))

    def logged(self):
        """What the page has said on its console since the last time."""
        return [entry["message"] for entry in self.own("POST", "/se/log", {"type": "browser"})]

    def asked(self):
        """The addresses that the page has asked for since the last time."""
        events = [json.loads(entry["message"])["message"] for entry in self.own("POST", "/se/log", {"type": "performance"})]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [address for address in sent if not address.startswith(("data:", "blob:"))]


LEFT, RIGHT, UP, DOWN, HOME, END = "\ue012", "\ue014", "\ue013", "\ue015", "\ue011", "\ue010"
TAB = "\ue004"
