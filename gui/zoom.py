"""How large the window is drawn: as large as the system's letters ask for.

Who sets larger letters (in the desktop's fonts, or as a help to the eyes) wants everything larger: letters alone would
no longer fit what is drawn around them. So Qt is asked to draw all of it larger. A denser screen is Qt's own affair.
"""

import os
from collections.abc import Callable, Sequence

from PySide6.QtGui import QFontInfo, QGuiApplication
from PySide6.QtWidgets import QApplication

USUAL = 15.0  # pixels: systems set their letters at 12 to 15; up to there everything is drawn as designed
STEP, LARGEST = 0.05, 2.0
ENVIRONMENT = "QT_SCALE_FACTOR"  # read by Qt when the application is made; who has set it is not overruled


def zoom_for(pixels: float) -> float:
    """How many times larger than designed, for letters of that height."""
    return min(max(1.0, round(pixels / USUAL / STEP) * STEP), LARGEST)


def system_letters() -> float:
    """The height of the system's letters in pixels, before the application chooses its own."""
    return float(QFontInfo(QGuiApplication.font()).pixelSize())


def application(arguments: Sequence[str], letters: Callable[[], float] = system_letters) -> QApplication:
    """The application, made again (10 ms) where what the first one says of the system asks for larger drawing."""
    app = QApplication(list(arguments))
    zoom = zoom_for(letters())
    if zoom == 1.0 or ENVIRONMENT in os.environ:
        return app
    app.shutdown()
    del app
    os.environ[ENVIRONMENT] = f"{zoom:g}"
    app = QApplication(list(arguments))
    del os.environ[ENVIRONMENT]  # other programs that are opened from here go by the system themselves
    return app
