"""Pure measures: numbers in, numbers out. Nothing here knows an item, a rater, a data frame or a database.

Common to all of them: an undefined value is None, or NaN inside an array, and never 0; arguments that do not
fit together (unequal lengths, NaN, an unknown tie policy) are a fault of the caller and raise ValueError.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
