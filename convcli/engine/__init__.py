"""Every convolution of the tool: arrays in, arrays out."""

from convcli.engine.combination import combine
from convcli.engine.execution import convolve
from convcli.engine.plan import Plan, plan

__all__ = ["Plan", "combine", "convolve", "plan"]
