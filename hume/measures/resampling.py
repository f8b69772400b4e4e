"""What the measures that work on many resamples at once have in common."""

from __future__ import annotations

import numpy as np

from hume.measures import IntArray


def frequencies(codes: IntArray, draws: IntArray) -> IntArray:
    """How often each code occurs in each resample.

    `codes` has shape (n,) with whole numbers from 0, `draws` (R, n) has indices into it; the result has shape
    (R, greatest code + 1) and rows that sum to n.
    """
    resamples, width = len(draws), int(codes.max(initial=-1)) + 1
    cells = codes[draws] + width * np.arange(resamples)[:, None]
    return np.bincount(cells.ravel(), minlength=resamples * width).reshape(resamples, width)
