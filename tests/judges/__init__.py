"""Programs that others wrote, run against ours: what they accept is not ours to say."""
