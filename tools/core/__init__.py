"""The words everything else is written in: money, periods, queries, results, errors."""
