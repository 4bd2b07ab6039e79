"""The configuration, as people type it: `file` is the whole of it, `sources` its feeds, `problems` what is wrong."""

from floorwatch.config.file import Config, load_config
from floorwatch.config.problems import ConfigError

__all__ = ["Config", "ConfigError", "load_config"]
