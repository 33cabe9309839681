"""Shipped frameworks, rubrics and example activities, with their attribution."""
