"""Where the vendored fonts lie: for PDF files and for pictures."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent / "fonts"
SANS_REGULAR = _FOLDER / "NotoSansSC-Regular.ttf"
SERIF_BOLD = _FOLDER / "NotoSerifSC-Bold.ttf"
