"""Bills nobody was ever sent: the sample company of the demo, and bills for the bench."""
