"""The number guard: what may be said, what is dropped, and how it reads along."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mind.guard import Asked, Guard
from bot.mind.held import Held
from tests.mind.figures import MONEY, TODAY, guard, passes, store
from tests.sizes import sized
from tools.core.periods import Period

TRUE = """
You spent $12,345.67 this month.
Total spend was $12.3k, led by ml.
ml cost $8,000, 64.8% of the total.
ml cost USD 8,000, or 8,000 dollars if you like.
ml doubled from $4,000 to $8,000.
ml costs twice as much as in October.
Spend is up 23% ($2,346) from last month.
Spend is up 23 percent from last month.
data fell by $1,154 to $3,345.67.
data is down 25.7 %.
ml ($8,000) and data ($3,346) lead.
$8,000 went to ml and $3,346 to data.
At $8,000, ml is ahead of data at $3,346.
About two thirds went to ml.
Just under two-thirds went to ml.
Over half of it is ml's.
The 3 teams used 3.4M tokens in 19 days.
They used 3.41 million tokens.
The three teams are ml, data and web.
ml and data are the two largest.
ml is the 1st of the top 3.
Over Nov 1–19 you spent about $12,000.
Between 2026-11-01 and 2026-11-19 it was $12,345.67.
web fell 33%, a drop of $500.
ml accounts for 65% of the $12,345.67 total.
1. ml: $8,000
- data: $3,346 (27%)
ml, data and web cost $8,000, $3,346 and $1,000 respectively.
Nearly a quarter more than in October.
ml makes up more than half of it.
A third less for web.
That is $411.52 a day on average.
A price of $2.31 per 1M tokens.
marketplace came to −$30.00.
marketplace brought credits of $30.
ml costs over $7,900.
ml costs eight thousand dollars.
ml runs on p4d.24xlarge in us-east-1 with gpt-5 on H100s, for $8,000.
At 13:00 on Nov 19 the bills were complete.
In October ml cost $4,000.
ml went up by $4,000 (100%).
Compared with October, ml is up $4,000, while data is down $1,154.
Total: $12,345.67, up 23.5% from $10,000.
You spent $12,345.67 from Nov 1 to Nov 19, compared with $10,000 in the same days of October.
Your largest team is ml at $8,000 (64.8%), then data at $3,345.67 (27.1%) and web at $1,000.
web and data fell by $500 and $1,154.33 respectively.
ml drove the increase: it doubled, from $4,000 to $8,000.
The largest team costs $8,000.
That's an increase of $2,345.67.
I can show it by service, too.
""".strip().split("\n")

FALSE = """
You spent $13,345.67 this month.
ml cost $3,345.67.
ml cost $12,345.67.
ml cost $12,345.67 in total.
The total for ml was $12,345.67.
ml cost $3,346 and data $8,000.
Spend is down 23%.
Spend rose $12,345.67.
Spend rose to $10,000.
data rose by $1,154.
ml tripled.
ml more than tripled.
ml costs three times as much.
About half went to ml.
Nearly half went to ml.
Less than half went to ml.
A quarter of it is ml's.
ml cost €8,000.
ml cost £8,000 and ₿3.
ml cost 8000%.
ml cost 8,000 tokens.
You spent $12,345.67 last month.
You spent $12,345.67 in October.
You spent $12,345.67 in 2025.
You spent $10,000 this month.
ml fell from $8,000 to $4,000.
You spent about $10k.
You spent roughly $13,000.
You spent $12,346.67.
You spent $12.4k.
ml cost $8k–9k.
ml cost $8,000 per day.
The average daily cost was $8,000.
We will spend $20,000 by December.
ml cost thousands of dollars.
A six-figure sum.
ml cost eight thousand and one dollars.
There were 4 teams.
There were four teams.
It used 3.4M GPU-hours.
It used 3.4M output tokens.
It used 3.4B tokens.
On Dec 24 it rose.
It is $8,000 cheaper.
web cost $1,500.
ml spent $8,000,000.
ml spends $8.
ml costs ③ dollars more.
ml costs $8**1**,000.
ml costs $8\u200b1,000.
ml costs $81,000 & more.
ml costs ８１ dollars.
ml is ٣ times bigger.
A dozen teams.
A fifty-fifty split.
A 50/50 split.
Half a million dollars.
marketplace came to $1,030.
marketplace cost $30.
Tokens cost $2.31.
Up 23 percentage points.
Up 50 basis points.
ml is the 7th.
Over 30 days it was $12,345.67.
x8000 more.
It costs 1.2e4 dollars.
Spend went down by a quarter.
Spend doubled.
Each team costs $8,000.
Excluding ml, spend was $12,345.67.
All teams but ml cost $12,345.67.
We saved $2,346.
ml cost $4,000 this month.
Last month ml cost $8,000.
ml will cost $8,000 next month.
ml cost $8,000 in December.
ml cost $8,000 yesterday.
ml cost $8,000 last week.
On Nov 12 ml cost $8,000.
data cost $8,000, ml $3,346.
$8,000 for data, $3,346 for ml.
ml grew 64.8%.
ml is 64.8% cheaper.
ml's share is 27%.
ml is 100% of spend.
ml cost twice as much as data.
ml costs $4,000 more than data.
ml dropped to $8,000.
ml dropped from $4,000.
From $12,345.67 it fell to $10,000.
Previously it was $12,345.67.
an increase of $8,000
Spend was $12,345.67, which is $500 over your $11,845 budget.
S3 cost $12,345.67.
marketing cost $12,345.67.
Production cost $12,345.67.
us-east-1 cost $12,345.67.
The finance team spent $12,345.67.
You spent $12,345.67 on storage.
Storage came to $12,345.67.
GPU spend is $12,345.67.
Your budget is $12,345.67.
ml's budget is $8,000.
Refunds of $8,000 for ml.
ml got $8,000 in credits.
ml's discount is 64.8%.
ml wastes $8,000.
ml is 64.8% utilised.
Year over year spend rose 23%.
""".strip().split("\n")


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_passes(sentence):
    assert passes(sentence)


@pytest.mark.parametrize("sentence", FALSE)
def test_a_false_sentence_is_dropped(sentence):
    assert not passes(sentence)


@pytest.mark.parametrize(
    ("question", "sentence", "is_shown"),
    [
        ("Did we spend more than $10,500?", "Yes, $12,345.67, which is over $10,500.", True),
        ("Did we spend more than $10,500?", "Yes, $12,345.67 is above your $10,500 limit.", True),
        ("Did we spend more than $10,500?", "You spent $10,500.", False),
        ("Did we spend more than $10,500?", "You spent more than $10,500.", True),
        ("Did we spend more than $15,000?", "Yes, $12,345.67 is more than $15,000.", False),
        ("Did we spend more than $15,000?", "No, $12,345.67 is below $15,000.", True),
        ("Did we spend more than $15,000?", "ml alone spent $15,000.", False),
        ("Is it above 20 %?", "Spend is 20% up.", False),
        ("Is it above 20 %?", "Spend is up 23%, above the 20% you named.", True),
    ],
)
def test_the_askers_number_is_a_threshold_and_no_finding(question, sentence, is_shown):
    assert passes(sentence, question) is is_shown


def test_a_dropped_sentence_takes_the_next_along_that_leans_on_it():
    one = guard()
    one.feed("data cost $3,346. ml cost $9,999. It doubled. web cost $1,000.")
    one.close()
    assert one.text == "data cost $3,346. web cost $1,000."
    assert one.dropped == ["ml cost $9,999.", "It doubled."]


def test_it_means_what_was_named_last():
    one = guard()
    one.feed("The largest team is ml. It cost $3,346. ml is first. It cost $8,000.")
    one.close()
    assert one.text == "The largest team is ml. ml is first. It cost $8,000."


def test_words_around_a_dropped_figure_are_no_answer():
    one = guard()
    assert one.feed("Here it is. You spent $5. Hope that helps.") == []
    assert one.close() == []
    assert one.text == ""


def test_words_without_any_figure_are_shown_at_the_end():
    one = guard()
    assert one.feed("I can tell what things cost. ") == []
    assert one.feed("Ask me about teams.") == []
    assert one.close() == ["I can tell what things cost. Ask me about teams."]


def test_a_heading_is_shown_with_what_it_announces_or_not_at_all():
    one = guard()
    one.feed("Spend is $12,345.67. The teams:\n- ml: $8,000\n- data: $3,346\n\nBesides:\n- web: $5")
    one.close()
    assert one.text == "Spend is $12,345.67. The teams:\n- ml: $8,000\n- data: $3,346"


def test_tables_and_fences_are_left_out():
    one = guard()
    one.feed("It is $12,345.67.\n\n| team | cost |\n|---|---|\n| ml | $8,000 |\n```\nml\n```")
    one.close()
    assert one.text == "It is $12,345.67.\nml"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<!channel> Spend is up.", "Spend is up."),
        ("<@U123|bob> should know.", "bob should know."),
        ("<<!here>!channel> Look.", "Look."),
        ("See [the bill](https://evil.example/pay).", "See the bill."),
        ("![x](https://evil.example/x.png) Look.", "x Look."),
        ("See <https://evil.example|the bill> now.", "See the bill now."),
        ("Look at https://evil.example/x now.", "Look at  now."),
        ("<b>Big</b> &lt;!channel&gt; news.", "Big  news."),
        ("@channel it is up.", "channel it is up."),
        ("Less than <0.1 % of it.", None),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_nothing_links_mentions_or_embeds(raw, shown):
    one = guard()
    one.feed(raw)
    one.close()
    assert one.text == (shown or "")


@pytest.mark.long
@settings(max_examples=sized(30, 300))
@given(st.data())
def test_however_it_is_cut_the_same_is_said(data):
    text = (
        "You spent $12,345.67 this month, e.g. on ml. ml cost $8,000. It rose by $4,000. "
        "data cost $9. It is odd.\n\n- web: $1,000\n- none: $3\nApprox. two thirds are ml's."
    )
    whole = guard()
    whole.feed(text)
    whole.close()
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12).map(sorted))
    one = guard()
    said = [
        piece
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
        for piece in one.feed(text[start:end])
    ]
    said += one.close()
    assert "".join(said) == one.text == whole.text
    assert "$9" not in one.text
    assert "$3\n" not in one.text


AMOUNTS = st.decimals(min_value=1, max_value=10**7, places=2)
TRUE_AMOUNTS = {
    "12345.67", "10000.00", "2345.67", "8000.00", "4000.00", "3345.67", "4500.00", "1154.33",
    "1000.00", "1500.00", "500.00", "411.52", "2.31", "30.00",
}  # fmt: skip
FRAMES = (
    "You spent ${}.", "ml cost ${}.", "It rose by ${}.", "ml went from $4,000 to ${}.",
    "ml cost **${}** and data $3,346.", "- ml: {} dollars", "USD {} in all", "-${}", "(${})",
)  # fmt: skip


@pytest.mark.long
@settings(max_examples=sized(30, 300))
@given(AMOUNTS, st.sampled_from(FRAMES))
def test_no_amount_to_the_cent_is_made_up(amount, frame):
    text = f"{amount:.2f}"
    sentence = frame.format(f"{amount:,.2f}")
    if text not in TRUE_AMOUNTS:
        assert not passes(sentence)


@given(st.text(max_size=200))
def test_whatever_is_written_it_does_not_break(text):
    one = guard()
    one.feed(text)
    one.close()
    assert "<!" not in one.text
    assert "](" not in one.text


ACCRUED = """
About $2,310 has accrued besides.
Besides, about $2,310 has accrued since Nov 20, an estimate.
An estimated $2,310 has accrued since Nov 20.
Another $2.3k is estimated for Nov 20–21.
""".strip().split("\n")

NOT_ACCRUED = """
You spent $2,310.40.
You spent $2,310.40 this month.
You spent $14,656.07 this month, estimates included.
The estimate for October is $2,310.
ml accrued about $2,310 (estimate).
Spend is estimated to rise by $2,310.
Nov 20 will cost an estimated $2,310 next month.
""".strip().split("\n")


@pytest.mark.parametrize(
    ("text", "is_let"), [*((t, True) for t in ACCRUED), *((t, False) for t in NOT_ACCRUED)]
)
def test_what_has_accrued_is_said_as_an_estimate_of_its_days(text: str, is_let: bool):
    days = Period(date(2026, 11, 20), date(2026, 11, 22))
    found = store()
    found.add([Held(Decimal("2310.40"), MONEY, "USD", period=days, is_estimate=True)])
    found.days.append(days)
    one = Guard(found, Asked.of("what did we spend this month?", today=TODAY))
    assert bool([*one.feed(text), *one.close()]) is is_let
