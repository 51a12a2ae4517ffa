"""The gate in a real browser: ask what is idle, stop it, be refused, approve, see it, undo it."""

from __future__ import annotations

import pytest

from tests.bot.gate_parts import hall, machine
from tests.console.test_browser import Page, chromium, pytestmark  # noqa: F401  its browser
from tools.clouds.resources import State


@pytest.fixture
def here(tmp_path):
    with hall(tmp_path, machine("train-1")) as made:
        yield made


@pytest.fixture
def page(chromium, here):  # noqa: F811  the fixture above
    chromium.get_log("browser")
    shown = Page(chromium, here.workspace)
    shown.see("[data-room=C0PLATFORM]").click()
    shown.see("#title", "platform")
    yield shown
    problems = [line for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    chromium.get("about:blank")
    assert problems == []


def test_the_whole_story_in_the_browser(page, here):
    page.write("/gpu idle\n")
    page.see("article.private", "1 idle")
    page.see("article.private", "train-1")
    page.see("article.private button", "Stop…").click()
    card = "article:not(.private)"
    page.see(card, "Stop 1 machine, train-1")
    page.see(f"{card} button", "Approve").click()
    page.see("dialog", "Stop, really?")
    page.see("dialog .danger, dialog .primary", "Stop").click()
    page.see("article.private", "You proposed this yourself; somebody else must approve it.")
    assert here.state_of("train-1") is State.RUNNING
    page.become("Ben Ortiz")
    page.see(f"{card} button", "Approve").click()
    page.see("dialog .danger, dialog .primary", "Stop").click()
    page.see(card, "Stopped.\nApproved by @Ben Ortiz")
    assert here.state_of("train-1") is State.STOPPED
    page.see(f"{card} button", "Undo").click()
    page.see("dialog .danger, dialog .primary", "Undo").click()
    page.see(card, "Taken back by @Ben Ortiz.")
    here.workspace.wait_for(lambda: here.state_of("train-1") is State.RUNNING)


def test_denying_and_editing_in_the_browser(page, here):
    page.write("/gpu tag i-train-1 project=atlas\n")
    card = "article:not(.private)"
    page.see(f"{card} button", "Edit").click()
    box = page.see("dialog textarea")
    box.clear()
    box.send_keys("project")
    page.see("dialog footer .primary", "Save").click()
    page.see("dialog .complaint", "“project” is no tag; write key=value.")
    box = page.see("dialog textarea")
    box.clear()
    box.send_keys("project=nova")
    page.see("dialog footer .primary", "Save").click()
    page.gone("dialog")
    page.see(card, "project not set → “nova”")
    page.see(f"{card} button", "Deny").click()
    page.write("not now", box="dialog textarea")
    page.see("dialog footer .primary", "Deny").click()
    page.see(card, "Denied by @Ada Park")
