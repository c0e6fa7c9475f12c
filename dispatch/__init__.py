"""From a registered case to someone who sees to it in time: routing, and the worker that fires what falls due."""
