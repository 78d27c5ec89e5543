"""Sounds: reading and writing them block by block, taps and echoes, levels."""
