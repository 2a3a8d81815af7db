"""Builders and fakes that several test packages use."""
