"""The year 2018 as rows: what was published of it, and sample rows that add up to the rest of what was published."""
