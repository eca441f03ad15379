"""From ranked passages to what they say: findings, confidence, citations, explanations."""
