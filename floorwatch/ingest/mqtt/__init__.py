"""MQTT 5: events that others publish through a broker."""
