"""The bills: facts that can be loaded again, as Parquet read by DuckDB."""
