"""A small learning management system that launches LTI 1.3 tools and judges them strictly."""
