"""Stand-ins: local servers that speak the protocol of an outside system, for the demo and the tests.

Each runs as its own process on loopback (`python -m adapters.standins.<name> --port N`), checks requests as
strictly as the real one, keeps state, journals every request and can be made to fail on its page /control.
"""
