"""`python -m app [--port N] [--host NAME] [--headless]`: serves the page on this machine."""

from __future__ import annotations

import argparse
import importlib
import sys
import threading
from pathlib import Path


def main() -> None:
    """Starts Streamlit on our page, with the settings of `.streamlit/config.toml` in the folder this is called from."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Open KANvas in the browser.")
    parser.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    parser.add_argument("--host", default="localhost", help="0.0.0.0 serves other machines too; default: %(default)s")
    parser.add_argument("--headless", action="store_true", help="do not open a browser window")
    options = parser.parse_args()

    from streamlit.web import cli

    # SymPy and pandas load while the server starts, not while the first visitor waits.
    threading.Thread(target=importlib.import_module, args=("datasets",), daemon=True).start()

    page = Path(__file__).with_name("main.py")
    flags = {
        "server.address": options.host,
        "server.port": options.port,
        "server.headless": str(options.headless).lower(),
        "browser.gatherUsageStats": "false",
    }
    sys.argv = ["streamlit", "run", str(page), *(f"--{name}={value}" for name, value in flags.items())]
    cli.main()


if __name__ == "__main__":
    main()
