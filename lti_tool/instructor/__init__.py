"""What instructors and teaching assistants do: choose, see the class, assess, release."""
