"""Scores of predictions, and what the scores say about the conditions."""
