"""Every convolution of the tool: arrays in, arrays out."""

from convcli.engine.candidates import Candidate
from convcli.engine.combination import combine
from convcli.engine.execution import convolve
from convcli.engine.measuring import measure
from convcli.engine.plan import Plan, plan

__all__ = ["Candidate", "Plan", "combine", "convolve", "measure", "plan"]
