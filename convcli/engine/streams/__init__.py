"""Convolution of signals that arrive in blocks, in memory that does not grow with their length."""

from convcli.engine.streams.ahead import AheadStream
from convcli.engine.streams.feedback import FeedbackStream
from convcli.engine.streams.overlap import OverlapSaveStream
from convcli.engine.streams.respond import ResponsePlan, Stream, plan_response, respond
from convcli.engine.streams.routes import Route, RoutedTaps
from convcli.engine.streams.taps import TapStream

__all__ = [
    "AheadStream",
    "FeedbackStream",
    "OverlapSaveStream",
    "ResponsePlan",
    "Route",
    "RoutedTaps",
    "Stream",
    "TapStream",
    "plan_response",
    "respond",
]
