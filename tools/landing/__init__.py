"""Bills that lie elsewhere, fetched into a folder of ours before the lake loads them."""
