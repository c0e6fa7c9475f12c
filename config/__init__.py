"""The front door: settings, composition, commands, territory data and words. Nothing imports it."""
