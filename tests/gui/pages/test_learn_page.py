"""The Learn page: every landscape runs, optimisers come and go, the walk can be wound back."""

from gui.landscapes import SURFACES
from gui.pages.learn import STEPS, LearnPage


def test_all_walkers_are_made_ready_and_set_off(qtbot, show, session):
    page = show(LearnPage, session)
    qtbot.waitUntil(lambda: page.slider.value() >= 3, timeout=5000)
    assert "Momentum" in page.landscape.accessibleDescription()
    assert "Nesterov" not in page.landscape.accessibleDescription()
    page.boxes["nesterov"].setChecked(True)
    assert "Nesterov" in page.landscape.accessibleDescription()
    page.primary.click()
    standing = page.slider.value()
    qtbot.wait(150)
    assert page.slider.value() == standing
    page.slider.setValue(STEPS)
    page.primary.click()  # at the end, Run begins anew
    assert page.slider.value() < STEPS


def test_every_landscape_has_its_story(qtbot, show, session):
    page = show(LearnPage, session)
    for number, shape in enumerate(SURFACES):
        page.surface.setCurrentIndex(number)
        page.surface.activated.emit(number)
        assert page.shape is shape
        assert len(page.story.text()) > 100
        assert page.landscape.grab().toImage().pixelColor(20, 20).alpha() == 255
