"""What a mentor reads: results that were released to the learners whom the LMS names."""
