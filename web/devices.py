"""What a browser calls itself, in words a person recognises: for the list of one's own sessions. Pure."""

from __future__ import annotations

# The first that stands in the user agent: Edge also says Chrome, Chrome also says Safari, an iPhone also says Mac OS.
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("CrOS", "Chromebook"), ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """Windows の Chrome; a browser nobody knows is その他の機器. Never more of what the browser said."""
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    return " の ".join(part for part in (system, browser) if part) or "その他の機器"
