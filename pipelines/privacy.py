"""Persons among the customers: orders to erase their data, what they come to, the record of processing.

What belongs here: who is a person for the commands, exporting and erasing what is held on one, retention, the facts
of the record of processing. What does not: how pages name a person (`dashboards.persons`), who counts as one
(`dim_customers.is_person`), the commands' arguments (`pipelines.cli`).

An order names nobody: it holds hashes of customer numbers, which only someone who knows a number can tell again.
"""

from __future__ import annotations

from typing import Any

from pipelines.lake import Workspace, read_json


def orders(workspace: Workspace) -> list[dict[str, Any]]:
    """Every order to erase, the oldest first."""
    place = workspace.privacy / "orders.json"
    return list(read_json(place)) if place.exists() else []


def restricted_customers(workspace: Workspace) -> list[dict[str, Any]]:
    """Rows of the input `restricted_customers`: the customers whom an order names, and since when."""
    days: dict[str, str] = {}
    for order in orders(workspace):
        for one in order["customers"]:
            days.setdefault(one, order["recorded_on"])
    return [{"customer_hash": one, "restricted_on": day} for one, day in sorted(days.items())]


__all__ = ["orders", "restricted_customers"]
