"""One module a command: parse, load, compute, save, report."""
