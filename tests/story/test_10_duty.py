"""Duty from day to day: who is on it, who swaps with whom, what wakes them beside mail, and practice."""
