"""What holds for all tests: Hypothesis sets no time limit, since a slow machine is no fault of what is tested."""

from hypothesis import settings

settings.register_profile("helpdeskd", settings(), deadline=None)
settings.load_profile("helpdeskd")
