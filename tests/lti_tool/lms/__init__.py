"""What all LTI services of a platform share: answers, tokens, addresses, Link headers."""
