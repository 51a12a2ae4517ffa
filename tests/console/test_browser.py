"""The page in a real headless browser, against the echo app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.console.test_streams import thumbs

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,860",
)
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM.exists() and DRIVER.exists()),
        reason="no Chromium here: apt-get install chromium chromium-driver",
    ),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


class Page:
    """What a person sees and does, found by what it says."""

    def __init__(self, driver, workspace):
        self.driver = driver
        driver.get(workspace.address)
        self.see("[data-room=C0MLRESRCH]").click()
        self.see("#title", "ml-research")

    def until(self, claim, message, timeout=8):
        from selenium.common.exceptions import StaleElementReferenceException
        from selenium.webdriver.support.wait import WebDriverWait

        # A node may go away between being found and being looked at.
        passing = [StaleElementReferenceException]
        return WebDriverWait(self.driver, timeout, 0.05, passing).until(claim, message)

    def see(self, css, words=""):
        def shown(driver):
            found = driver.find_elements("css selector", css)
            return next((e for e in found if e.is_displayed() and words in e.text), None)

        return self.until(shown, f"no {css} that says {words!r}")

    def gone(self, css):
        def hidden(driver):
            return not any(e.is_displayed() for e in driver.find_elements("css selector", css))

        self.until(hidden, f"{css} is still there")

    def count(self, css):
        return len([e for e in self.driver.find_elements("css selector", css) if e.is_displayed()])

    def write(self, *keys, box="#composer textarea"):
        self.see(box).send_keys(*keys)

    def become(self, name):
        self.see(".acting-button").click()
        self.see("#acting [role=menuitemradio]", name).click()
        self.see(".acting-button", name)


@pytest.fixture
def page(chromium, echoing):
    chromium.get_log("browser")
    yield Page(chromium, echoing)
    problems = [line for line in chromium.get_log("browser") if line["level"] == "SEVERE"]
    # Away from the console before it ends, so that its poll is not refused.
    chromium.get("about:blank")
    assert problems == []


def test_a_slash_command_is_typed_and_its_answer_is_for_the_asker_alone(page):
    from selenium.webdriver.common.keys import Keys

    page.write("/co")
    assert page.see(".offer[aria-selected=true]").text.startswith("/cost")
    page.write(Keys.TAB, "last 7d by team", Keys.ENTER)
    assert "Only visible to you" in page.see("article.private", "You said last 7d by team").text
    page.become("Ben Ortiz")
    page.see(".lead", "ml-research")
    assert page.count("article") == 0
    page.become("Ada Park")
    page.see("article.private", "You said last 7d by team")


def test_share_shows_the_answer_to_all(page):
    page.write("/cost x\n")
    page.see("article.private button", "Share").click()
    page.see("article:not(.private)", "@Ada Park shared it")
    page.gone("article.private")
    page.become("Ben Ortiz")
    page.see("article", "@Ada Park shared it")


def test_a_modal_opens_complains_and_saves(page):
    page.write("/cost x\n")
    page.see("article.private button", "Save as…").click()
    page.see("dialog h2", "Save as")
    page.see("dialog footer .primary").click()
    page.see("dialog .complaint", "Please complete this required field.")
    page.write("42", box="dialog input")
    page.see("dialog footer .primary").click()
    page.see("dialog .complaint", "Letters only")
    page.see("dialog input").clear()
    page.write("June", box="dialog input")
    page.see("dialog footer .primary").click()
    page.gone("dialog")
    page.see("[data-room^=D]").click()
    page.see("article", "Saved as June")


def test_escape_puts_a_modal_away(page, echoing):
    from selenium.webdriver.common.keys import Keys

    page.write("/cost x\n")
    page.see("article.private button", "Save as…").click()
    page.see("dialog input").send_keys(Keys.ESCAPE)
    page.gone("dialog")
    echoing.wait_for(lambda: echoing.modal("ada") is None)


def test_a_mention_is_answered_in_a_thread_beside_it(page):
    page.write("@Pur", "\t", "hello\n")
    page.see("article .mention", "@Purser")
    page.see("#thread article", "Heard: @Purser hello")
    page.write("and this?\n", box="#thread textarea")
    page.see("#thread article", "and this?")
    assert "reply" not in page.see(".replies").text
    page.see("#unthread").click()
    page.gone("#thread")


def test_an_example_asks_by_a_click(page):
    page.see(".example", "/cost last 30d by team").click()
    page.see("article.private", "You said last 30d by team")


def test_arrow_up_brings_back_what_was_sent(page):
    from selenium.webdriver.common.keys import Keys

    page.write("/cost again\n")
    page.see("article.private", "You said again")
    page.write(Keys.ARROW_UP)
    assert page.see("#composer textarea").get_attribute("value") == "/cost again"


def test_home_and_invitation(page, echoing):
    page.see("[data-room=home]").click()
    page.see("#home", "Welcome home")
    page.see("[data-room=C0RANDOM00]").click()
    page.see(".lead button", "Invite Purser").click()
    page.gone(".lead .button")
    assert "U0PURSER00" in echoing.store.members("C0RANDOM00")


def test_content_is_shown_as_text_and_only_web_links_are_links(page, echoing):
    text = "<img src=x onerror=alert(1)> &lt;b&gt; *bold* <javascript:alert(1)|bad> <https://example.org|good>"
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    from tests.console.apps import client_of

    client_of(echoing).chat_postMessage(channel="C0MLRESRCH", text="x", blocks=[block])
    article = page.see("article", "<b>")
    assert article.find_element("css selector", "strong").text == "bold"
    assert [a.text for a in article.find_elements("css selector", "a")] == ["good"]
    assert article.find_elements("css selector", "img") == []


def test_a_change_leaves_the_rest_of_the_page_alone(page, echoing):
    first = echoing.post_as("ben", "#ml-research", "first")
    page.see("article", "first")
    mark = "document.querySelector('article').dataset.kept = 'yes'"
    page.driver.execute_script(mark)
    echoing.post_as("ben", "#ml-research", "second")
    page.see("article", "second")
    node = page.see(f"article[data-ts='{first.ts}']")
    assert node.get_attribute("data-kept") == "yes"


def test_a_table_puts_numbers_right_and_keeps_to_the_phones_width(page, echoing):
    from tests.console.apps import client_of

    rows = [["Team", "Cost", "Share"], ["ml", "$1,204.11", "61.0%"], ["web", "−$3.20", "–"]]
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": c} for c in r] for r in rows]}
    client_of(echoing).chat_postMessage(channel="C0MLRESRCH", text="t", blocks=[table])
    page.see("article table")
    sides = [c.get_attribute("class") for c in page.driver.find_elements("css selector", "th")]
    assert sides == ["left", "right", "right"]
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.gone("#sidebar")
        wide = "return document.documentElement.scrollWidth"
        assert page.driver.execute_script(wide) == 390
        page.see("#drawer").click()
        page.see("#sidebar .room", "platform")
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_every_control_has_a_name(page):
    page.write("/cost x\n")
    page.see("article.private")
    script = """
      return [...document.querySelectorAll('button, a, input, select, textarea')]
        .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML);
    """
    assert json.dumps(page.driver.execute_script(script)) == "[]"


def test_a_streamed_answer_shows_its_words_its_stop_button_and_its_thumbs(page, echoing, client):
    said = echoing.post_as("ada", "#ml-research", "why?")
    at = {"channel": said.channel, "thread_ts": said.ts}
    who = {"recipient_team_id": echoing.cast.team_id, "recipient_user_id": said.user}
    ts = client.chat_startStream(**at, **who, markdown_text="**Spend** rose\n\n- by ")["ts"]
    page.see("#answers .streaming strong", "Spend")
    assert page.count("#answers li .cursor") == 1
    client.chat_appendStream(channel=said.channel, ts=ts, markdown_text="<b>$5</b> ")
    page.see("#answers li", "by <b>$5</b>")
    page.see("#thread-status .stop", "Stop").click()
    page.gone("#answers .streaming")
    event = echoing.deliveries[-1].payload["event"]
    assert (event["type"], event["streaming_message_ts"]) == ("agent_session_stopped", [ts])
    client.agents_sessions_setStatus(channel_id=said.channel, thread_ts=said.ts, status="active")
    page.gone(".stop")
    client.chat_update(channel=said.channel, ts=ts, text="x", blocks=[thumbs()])
    page.see("#answers .thumb[title=Bad]").click()
    page.see("#answers .thumb[aria-pressed=true][title=Bad]")
    (action,) = echoing.deliveries[-1].payload["actions"]
    assert action["value"] == "bad:1"
