"""`python -m app [--port N] [--host NAME] [--headless]`: serves the page on this machine."""

from __future__ import annotations

import argparse
import gc
import importlib
import threading

from app.limits import limits, table
from app.serving import tidy


def main() -> None:
    """Starts Streamlit on our page, with the settings of `.streamlit/config.toml` in the folder this is called from."""
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
    app.run(
        config={
            "server.address": options.host,
            "server.port": options.port,
            "server.headless": options.headless,
            "browser.gatherUsageStats": False,
            "global.disableWidgetStateDuplicationWarning": True,  # see app/widgets.py
            "runner.postScriptGC": False,  # would collect garbage after every look at a job; see app/serving/tidy.py
        }
    )


def _warm() -> None:
    """SymPy and pandas load while the server starts, not while the first visitor waits."""
    importlib.import_module("datasets")
    # What stays for good need not be looked through each time that garbage is collected.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
