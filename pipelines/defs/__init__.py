"""Dagster definitions, one module per stage: thin assets that call the pure packages and record what they did.

What belongs here: asset keys, dependencies, metadata, checks, retries. What does not: reading formats, computing
figures, drawing pages.
"""
