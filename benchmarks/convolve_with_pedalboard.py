"""Convolves a sound with a response as the documentation of pedalboard has it: source, response, target."""

import sys

from pedalboard import Convolution, Pedalboard
from pedalboard.io import AudioFile

CHUNK = 1 << 20  # frames


def main() -> None:
    """Read chunk by chunk, and write 16 bits."""
    source, response, target = sys.argv[1:]
    board = Pedalboard([Convolution(response, mix=1.0)])
    with (
        AudioFile(source) as given,
        AudioFile(target, "w", given.samplerate, given.num_channels, bit_depth=16) as made,
    ):
        while given.tell() < given.frames:
            made.write(board(given.read(CHUNK), given.samplerate, reset=False))


if __name__ == "__main__":
    main()
