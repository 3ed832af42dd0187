"""One event in, effects out: who is told, what is promised, who is woken. Pure; to add a policy, write a function and
name it in `react.POLICIES`.
"""
