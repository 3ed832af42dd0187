"""The speed of a desk, measured with its own parts (`python -m benchmarks`)."""
