"""The published contract, made from the code: JSON Schema, AsyncAPI, and a schema of the configuration."""
