"""Names and Role Provisioning Services 2.0: the class as the LMS lists it, read again and again."""
