"""Before the first paint nothing heavy is imported, and no process of the engine is started."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from PySide6.QtWidgets import QApplication
from gui.window import Window

app = QApplication([])
window = Window(app, [])
seen = {}

def painted():
    seen["modules"] = sorted(sys.modules)
    seen["processes"] = window.client.process_ids()
    app.exit()

window.frame.painted.connect(painted)
window.show()
app.exec()
window.put_away()
print(json.dumps(seen))
"""
HEAVY = {
    "numpy", "PIL", "pyqtgraph", "pydantic", "torch", "torchvision", "timm", "sklearn", "multiprocessing.context",
    "core.recipe", "core.engine.process", "gui.pages.data",
}  # fmt: skip


def test_nothing_heavy_is_there_at_the_first_paint(graft_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, env=dict(os.environ), check=True
    )
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "PySide6.QtWidgets" in seen["modules"]
    assert HEAVY & set(seen["modules"]) == set()
    assert seen["processes"] == {}


def test_torch_never_enters_the_process_of_the_window() -> None:
    script = (
        "import sys, importlib, gui.window, gui.main_window as m\n"
        "for name in m.PAGES: importlib.import_module('gui.pages.' + name)\n"
        "import core.engine.process, core.project.project, gui.opening, gui.recent\n"
        "print([name for name in ('torch', 'torchvision', 'timm', 'PIL', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
