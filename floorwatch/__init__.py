"""floorwatch: real-time monitoring and alerting for call floors."""

__version__ = "0.1.0"
