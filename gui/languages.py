"""The languages of the window: Graft's own translations and Qt's."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

import resources

FOLDER = Path(resources.__file__).parent / "translations"


def available() -> list[str]:
    """The codes of the languages there are translations for, English first."""
    return ["en", *sorted(path.stem.removeprefix("graft_") for path in FOLDER.glob("graft_*.qm"))]


def install(app: QCoreApplication, language: str) -> list[QTranslator]:
    """Load the words of a language (empty: the system's) and write numbers its way. English needs no words.

    Keep what comes back: the words go when it goes.
    """
    locale = QLocale(language) if language else QLocale.system()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    QLocale.setDefault(locale)
    sources = (("graft", str(FOLDER)), ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)))
    loaded = []
    for name, folder in sources:
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)
            loaded.append(translator)
    return loaded
