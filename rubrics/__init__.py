"""The domain: competencies, rubrics, assessments, mastery. Knows no web, no LMS, no xAPI."""
