"""What learners do: read the activity, hand in evidence, read the result, see their skills."""
