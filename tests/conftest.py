"""What holds for all tests: Hypothesis minds no time, since a slow machine is no fault of what is tested."""

from hypothesis import HealthCheck, settings

settings.register_profile("helpdeskd", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("helpdeskd")
