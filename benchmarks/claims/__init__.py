"""What the papers say beside what pcviz measures: a module for each claim, `python -m benchmarks.claims` for all of them."""
