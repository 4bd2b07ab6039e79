"""The Grafana dashboards as code: `python -m grafana` writes `grafana/dashboards/` again.

The SDK is needed to write them, never to use them: what is committed, and travels in the wheel, is plain Classic JSON.
"""
