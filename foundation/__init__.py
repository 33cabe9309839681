"""What several packages need and no domain word; a closed list of modules."""
