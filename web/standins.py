"""Stand-ins of outside systems for machines that name no real ones: their processes and the settings that point there."""

from __future__ import annotations

import secrets
import socket
import sys

from web.settings import Settings, kept_secret
from web.supervisor import Part


def parts(settings: Settings) -> tuple[list[Part], dict[str, dict[str, str]]]:
    """(processes, adapter settings) for every adapter the operator did not set."""
    processes, found = [], {}
    if "vehicle_register" not in settings.adapters:
        port, token = free_port(), kept_secret(settings.data, "vehicle_register_standin")
        processes.append(_part("vehicle_register", port, f"--token={token}"))
        found["vehicle_register"] = {"base_url": f"http://127.0.0.1:{port}", "token": token}
    if "corporate_number" not in settings.adapters:
        port, number = free_port(), secrets.token_hex(7)[:13]
        processes.append(_part("corporate_number", port, f"--application-id={number}"))
        found["corporate_number"] = {
            "base_url": f"http://127.0.0.1:{port}",
            "application_id": number,
        }
    if "mail" not in settings.adapters:
        port, smtp = free_port(), free_port()
        processes.append(_part("mailbox", port, "--smtp-port", str(smtp)))
        found["mail"] = {
            "host": "127.0.0.1",
            "port": str(smtp),
            "security": "none",
            "sender": "no-reply@tetsuzuki.example",
            "sender_name": settings.portal_name,
            "web": f"http://127.0.0.1:{port}",
        }
    return processes, found


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _part(name: str, port: int, *options: str) -> Part:
    return Part(
        f"standin-{name}",
        [sys.executable, "-m", f"adapters.standins.{name}", "--port", str(port), *options],
    )
