"""Other helpdesks, each with a driver that runs in an environment of its own."""
