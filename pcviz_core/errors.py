"""What can go wrong before a run starts. Divergence is not here: it is a result, not an error."""


class PcvizError(Exception):
    """Anything pcviz refuses, with a sentence for a person."""


class SpecError(PcvizError):
    """A value that no run can use: which one, what it was, what is allowed."""


class NotBuiltError(PcvizError):
    """Something the design names and this version does not build yet."""
