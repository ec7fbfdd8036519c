"""`python -m app [--port N] [--host NAME] [--headless]`: serves the page on this machine."""

from __future__ import annotations

import argparse
import gc
import importlib
import threading
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.limits import limits, table
from app.serving import tidy

CONFIG = Path(__file__).parents[1] / ".streamlit" / "config.toml"


def main() -> None:
    """Starts Streamlit on our page, with our settings wherever this is called from."""
    parser = argparse.ArgumentParser(
        prog="python -m app",
        description="Open KANvas in the browser.",
        epilog=f"variables of the environment:\n{table()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    parser.add_argument("--host", default="localhost", help="0.0.0.0 serves other machines too; default: %(default)s")
    parser.add_argument("--headless", action="store_true", help="do not open a browser window")
    options = parser.parse_args()
    limits()  # refuses a variable that cannot be read before anything is served

    from app.serving.server import app, send_at_once

    send_at_once()
    tidy.start()
    threading.Thread(target=_warm, daemon=True).start()
    with suppress(KeyboardInterrupt):
        app.run(config=settings(options.host, options.port, options.headless))


def settings(host: str, port: int, headless: bool) -> dict[str, Any]:
    """What Streamlit is told: all of our `.streamlit/config.toml`, and where to serve."""
    ours = _flat(tomllib.loads(CONFIG.read_text(encoding="utf-8")))
    return {**ours, "server.address": host, "server.port": port, "server.headless": headless}


def _flat(values: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The values of tables within tables, by their names with dots."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
    return found


def _warm() -> None:
    """SymPy and pandas load while the server starts, not while the first visitor waits."""
    importlib.import_module("datasets")
    # What stays for good need not be looked through each time that garbage is collected.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
