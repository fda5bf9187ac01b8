"""A visitor's way from a question to a request, in a browser."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_ask_read_open_the_citation_see_its_sentence_and_book(visitor, served):
    page = visitor.page
    expect(page.get_by_text("I am an automated assistant")).to_be_visible()
    answer = visitor.ask("how long should a session be")
    expect(answer).to_contain_text("30 to 45 minutes")

    mark = answer.get_by_label(re.compile("^Source 1"))
    mark.click()
    quote = answer.locator("q").first
    expect(quote).to_be_visible()
    sentence = quote.inner_text()
    with visitor.context.expect_page() as opening:
        answer.get_by_role("link", name="Read it in the guide").first.click()
    guide = opening.value
    cited = guide.locator("mark")
    expect(cited).to_have_text(sentence)
    expect(cited).to_be_in_viewport()
    guide.close()

    visitor.open_form()
    page.get_by_label("Your name").fill("Ann Example")
    page.get_by_label("E-mail", exact=True).fill("ann@example.com")
    page.get_by_label("What would you like").fill("A back massage on Friday")
    page.get_by_text("Serenity may use what I write").click()
    visitor.send()
    expect(page.get_by_role("heading", name="Request sent")).to_be_visible()
    reference = page.locator(".reference").inner_text()
    found = served.rows(f"select name, email, wish from leads where reference = '{reference}'")
    assert found == [("Ann Example", "ann@example.com", "A back massage on Friday")]


def test_steps_come_in_order_with_a_citation_each(visitor):
    answer = visitor.ask("how do I do kneading")
    steps = answer.locator("ol > li")
    expect(steps).to_have_count(4)
    expect(steps.first).to_contain_text("lift the muscle")
    assert all(step.locator("details").count() == 1 for step in steps.all())


def test_the_newest_answer_comes_into_view(visitor):
    for question in ("how do I do kneading", "how do I do effleurage", "what do I prepare"):
        visitor.ask(question)
    expect(visitor.page.locator(".said").last).to_be_in_viewport()


def test_a_stop_stays_in_sight_and_nothing_is_sold_beside_it(visitor):
    page = visitor.page
    visitor.ask("how do I do kneading")
    visitor.ask("chest pain down my left arm")
    expect(page.get_by_role("alert").last).to_be_in_viewport()
    visitor.ask("it's nothing, how long should a session be")
    banner = page.get_by_label("Safety first")
    expect(banner).to_be_in_viewport()
    expect(banner.get_by_role("link", name=re.compile("Call 911"))).to_have_attribute(
        "href", "tel:911"
    )
    expect(page.get_by_role("link", name="Book at Serenity")).to_have_count(0)
    page.locator('[data-testid="stMain"]').hover()
    page.mouse.wheel(0, -3000)
    expect(banner).to_be_in_viewport()
    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("I am an automated assistant")).to_be_visible()
    expect(banner).to_have_count(0)


def test_booking_from_what_the_guide_does_not_cover(visitor):
    reply = visitor.ask("how do I massage feet")
    expect(reply).to_contain_text("Not in the guide")
    visitor.page.locator(".st-key-offer").get_by_role("link").click()
    expect(visitor.page.get_by_label("Your name")).to_be_visible()


def test_a_contact_from_the_chat_is_filled_in(visitor):
    visitor.ask("how long should a session be? write to ann@example.com")
    visitor.open_form()
    expect(visitor.page.get_by_label("E-mail", exact=True)).to_have_value("ann@example.com")


def test_errors_stand_at_their_fields_and_what_was_written_stays(visitor):
    page = visitor.page
    visitor.open_form()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail", exact=True).fill("ann@")
    visitor.send()
    expect(page.locator(".field-error")).to_have_count(2)
    expect(page.get_by_text("does not look right")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Ann")
    page.get_by_role("link", name="Serenity", exact=True).click()
    expect(visitor.input).to_be_visible()
    visitor.open_form()
    expect(page.get_by_label("E-mail", exact=True)).to_have_value("ann@")


def test_two_quick_clicks_make_one_request(visitor, served):
    page = visitor.page
    before = served.rows("select count(*) from requests")[0][0]
    visitor.open_form()
    page.get_by_label("E-mail", exact=True).fill("twice@example.com")
    page.get_by_text("Serenity may use what I write").click()
    page.get_by_role("button", name="Send request").dblclick()
    expect(page.get_by_role("heading", name="Request sent")).to_be_visible()
    assert served.rows("select count(*) from requests")[0][0] == before + 1


NAME_OF_FOCUSED = """(() => {
  const it = document.activeElement;
  if (!it.matches("a, button, input, textarea, summary")) return "";
  return it.getAttribute("aria-label") || it.closest("label")?.innerText || it.innerText;
})()"""


def tab_to(page, name):
    """Press Tab until what has this name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(NAME_OF_FOCUSED).startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name!r}")


def test_booking_by_keyboard_alone(browse, served):
    visitor = browse().open()
    page = visitor.page
    visitor.input.wait_for()
    tab_to(page, "Book at Serenity")
    page.keyboard.press("Enter")
    page.get_by_label("Your name").wait_for()
    for field, text in (("Your name", "Key Board"), ("E-mail", "keys@example.com")):
        tab_to(page, field)
        page.keyboard.type(text)
    tab_to(page, "Serenity may use what I write")
    page.keyboard.press("Space")
    tab_to(page, "Send request")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Request sent")).to_be_visible()
    names = served.rows("select name from leads where email = 'keys@example.com'")
    assert names == [("Key Board",)]


def test_a_citation_opens_by_keyboard(browse):
    visitor = browse().open()
    answer = visitor.ask("how long should a session be")
    answer.locator("summary").first.focus()
    visitor.page.keyboard.press("Enter")
    expect(answer.locator("q").first).to_be_visible()


@pytest.mark.parametrize(
    "text",
    ["   .   ", "<img src=x onerror=\"document.title='owned'\"><b>hi</b>", "🙏🏽" * 40,
     "x" * 100_000, "\u202eegassam\u200b \u0007kcab"],
    ids=["nothing", "markup", "emoji", "long", "unseen"],
)  # fmt: skip
def test_whatever_is_typed_the_page_stays_kind_and_whole(browse, text):
    visitor = browse().open()
    reply = visitor.ask(text)
    expect(reply).not_to_be_empty()
    expect(visitor.page.get_by_text("Traceback")).to_have_count(0)
    assert visitor.page.title() != "owned"
    assert visitor.page.locator(".said b, .said img").count() == 0
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(overflow) <= 0


def test_nothing_of_streamlits_own_is_left_on_the_page(visitor):
    visitor.input.wait_for()
    for noise in ("stHeader", "stToolbar", "stAppDeployButton", "stStatusWidget", "stSidebar"):
        assert visitor.page.get_by_test_id(noise).locator("visible=true").count() == 0
    expect(visitor.page.get_by_text("Made with Streamlit")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/guide", "/book", "/staff"])
def test_no_page_is_wider_than_a_telephone(browse, path):
    visitor = browse({"width": 390, "height": 844}).open(path)
    visitor.page.locator("h1").first.wait_for()
    main = visitor.page.get_by_test_id("stMain")
    assert main.evaluate("each => each.scrollWidth - each.clientWidth") <= 0


def test_a_thumb_and_its_word_are_one_row(browse, served):
    visitor = browse().open()
    page = visitor.page
    visitor.ask("how long should a session be")
    page.get_by_test_id("stFeedbackButton").last.click()  # the thumb that points down
    page.get_by_label("A word on it").fill("too short for me")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_label("A word on it")).to_have_count(0)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    while not served.rows("select 1 from feedback where word <> ''"):  # written in batches
        page.wait_for_timeout(100)
    assert served.rows("select helpful, word from feedback") == [(0, "too short for me")]
