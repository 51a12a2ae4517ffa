"""What a sentence says without figures: who leads, what rose. The results tell whether it is so."""

import pytest

from tests.mind.figures import passes

TRUE = """
ml costs the most.
ml is your largest team.
ml leads, followed by data and web.
web is the smallest team.
web costs the least.
data is the second largest.
data is second.
ml is ahead of data.
ml costs more than data.
ml costs more than data and web combined.
data costs less than ml.
web is behind data.
ml rose, while data and web fell.
ml grew the most.
data fell the most.
Spend rose.
Spend is up from last month.
ml doubled.
ml went up and data went down.
Only ml rose.
ml increased sharply.
Most of it went to ml.
ml makes up most of the spend.
The bulk of the spend is ml's.
ml costs more than in October.
data costs less than in October.
data and web fell.
ml was behind data in October.
In October data was the largest.
The rise is driven by ml.
The increase came from ml.
data and web both fell.
ml costs more than any other team.
The top team is ml.
ml ranks first and data second.
The biggest increase was ml's.
web dropped by a third.
ml is the biggest mover.
ml contributed most to the increase.
ml is by far the largest.
web is third.
Your spend went up compared with October.
ml is now larger than data.
ml overtook data.
Here is ml by service.
The table shows ml, data and web.
The three teams are ml, data and web.
""".strip().split("\n")

FALSE = """
data costs the most.
data is your largest team.
data leads, followed by ml and web.
data is the smallest team.
ml costs the least.
web is the second largest.
web is second.
data is ahead of ml.
data costs more than ml.
data costs more than ml and web combined.
ml costs less than data.
data is behind web.
data rose, while ml and web fell.
data grew the most.
ml fell the most.
web fell the most.
Spend fell.
Spend is down from last month.
Spend is flat.
data doubled.
ml went down and data went up.
Only data rose.
Only ml and data rose.
data increased sharply.
Most of it went to data.
data makes up most of the spend.
The bulk of the spend is web's.
ml costs less than in October.
data costs more than in October.
ml and data rose.
All teams rose.
Every team fell.
In October ml was the largest.
The rise is driven by data.
The increase came from web.
data and ml both fell.
web costs more than any other team.
The top team is web.
data ranks first and ml second.
The biggest increase was data's.
data is the biggest mover.
web contributed most to the increase.
Nothing rose.
Everything fell.
Spend is trending down.
Your bill shrank.
Your costs decreased.
ml's costs have come down.
The trend is downward.
Your cloud got cheaper.
You are spending less.
You paid less than last month.
Less was spent than in October.
data got more expensive.
ml got cheaper.
data is pricier now.
data is our number one.
data tops the list.
Data tops the chart.
No team spends more than data.
No other team spends as much as data.
Nobody costs more than web.
data is unrivalled.
data outweighs ml.
data dwarfs ml.
ml is dwarfed by data.
ml is outspent by data.
ml pales next to data.
data is several times ml.
data eats the lion's share.
data accounts for nearly everything.
data takes the biggest slice.
data consumes most of the budget.
Almost all of it went to ml.
All of the spend is ml's.
web is negligible.
web spent nothing.
ml is unchanged.
ml barely moved.
data held steady.
web is growing.
web is on the rise.
web keeps climbing.
web gained ground.
data surged.
The savings came from ml.
ml saved money.
ml brought the bill down.
ml pulled spend down.
data pushed spend up.
data is to blame for the rise.
data explains the increase.
Blame data.
Thanks to ml, spend fell.
The main driver is web.
data is the culprit.
ml and web are the top two.
The two largest are data and web.
Order: data, ml, web.
From largest to smallest: data, ml, web.
Ranking: data > ml > web.
data > ml
ml < data
data exceeds ml.
web exceeds data.
ml trails data.
ml lags data.
ml comes after data.
ml is lower than data.
data has the edge over ml.
ml and data are equal.
ml and data cost about the same.
ml costs the same as data.
ml was ahead of data in October.
In October ml led.
Last month ml was first.
Spend has been stable.
Spend barely changed.
Costs were halved.
Costs went through the roof in web.
web shot up.
web is up.
data up, ml down.
data ↑, ml ↓
ml 📉
data: up
data (up)
ml (down)
web (+)
data is more than web and ml together.
ml is the cheapest.
The cheapest team is data.
data is the costliest team.
ml's share is small.
ml plays a minor role.
data dominates.
data is way above ml.
data is in the lead.
data took first place.
data holds the top spot.
data is the heavyweight.
data remains the biggest spender.
data overtook ml.
Usage fell.
The fall is due to lower prices.
The rise is due to higher prices.
It rose because of a price increase.
New resources drove the rise.
ml launched a new cluster.
Someone left GPUs running.
""".strip().split("\n")

# True, and dropped all the same: what the results do not tell in so many words is not said.
DROPPED = """
Unlike ml, data fell.
Nothing else rose.
Every other team fell.
ml is our busiest team.
""".strip().split("\n")


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_order_or_direction_passes(sentence):
    assert passes(sentence)


@pytest.mark.parametrize("sentence", FALSE)
def test_a_false_order_or_direction_is_dropped(sentence):
    assert not passes(sentence)


@pytest.mark.parametrize("sentence", DROPPED)
def test_what_the_results_do_not_tell_is_dropped(sentence):
    assert not passes(sentence)
