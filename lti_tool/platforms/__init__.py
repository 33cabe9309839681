"""The LMSs we know: registrations, deployments, keys, contexts and links."""
