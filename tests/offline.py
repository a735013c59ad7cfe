"""No network: a process without a way out, and what a page would load from elsewhere."""

import re
import shutil
import subprocess
from html.parser import HTMLParser


def without_a_way_out():
    """Begin a command with this, and it has a network namespace of its own; [] if impossible."""
    for choice in (["--user", "--map-root-user"], []):
        command = [shutil.which("unshare") or "unshare", *choice, "--net", "--"]
        try:
            if not subprocess.run([*command, "true"], capture_output=True).returncode:
                return command
        except OSError:
            break
    return []


NAMESPACE = without_a_way_out()

ELSEWHERE = r"""["'`]?\s*(?:https?:|wss?:)?//[\w.]"""
LOADS = re.compile(
    rf"@import\s+(?:url\(\s*)?{ELSEWHERE}|\burl\(\s*{ELSEWHERE}"
    r"|\b(?:fetch|import|importScripts|Worker|WebSocket|EventSource|sendBeacon)"
    rf"\(\s*{ELSEWHERE}|\.open\([^)]*{ELSEWHERE}|\b(?:from|import)\s*[\"'](?:https?:)?//"
    rf"|\.(?:src|href|srcset)\s*=\s*{ELSEWHERE}|!\[[^\]]*\]\((?:https?:)?//"
)


class Loading(HTMLParser):
    """Collects what a page loads from elsewhere; links to click on are left out."""

    ATTRIBUTES = ("src", "srcset", "href", "xlink:href", "data", "poster", "action")

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            elsewhere = name in self.ATTRIBUTES and re.match(ELSEWHERE, value or "")
            if elsewhere and tag not in ("a", "area"):
                self.found.append(f"<{tag} {name}={value}>")


def loads(text, is_html=True):
    """Whatever a browser would fetch from another host."""
    page = Loading()
    if is_html:
        page.feed(text)
    return page.found + LOADS.findall(text)
