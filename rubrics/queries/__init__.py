"""What pages read: functions from a session to frozen values, with no ORM object inside."""
