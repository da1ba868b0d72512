"""Starts the shop with two workers against a fake of Astria on this machine: `python docs/examples/portraits/run.py`."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    mock = [sys.executable, "-m", "astria_async", "mock", "--port", "8787", "--fast", "60"]
    shop = [sys.executable, "-m", "uvicorn", "shop:app", "--app-dir", str(HERE), "--workers", "2"]
    secret = {"PORTRAITS_SECRET": secrets.token_urlsafe(32)}
    fake = {"ASTRIA_API_KEY": "sd_portraits", "ASTRIA_BASE_URL": "http://127.0.0.1:8787"}
    with subprocess.Popen(mock), subprocess.Popen(shop, env={**os.environ, **fake, **secret}) as running:
        print("open http://127.0.0.1:8000", flush=True)
        try:
            running.wait()
        except KeyboardInterrupt:
            running.wait()
