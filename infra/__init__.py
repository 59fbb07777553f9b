"""The roof: the command line, the study and the run."""

__version__ = "0.1.0"
