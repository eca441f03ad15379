"""English, pure: names, numbers, dates, wording, and when two texts say the same."""
