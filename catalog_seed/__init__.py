"""Seed catalogue: data files, schema and loader, drawn illustrations."""
