"""Running means of losses, which do not shift the curve."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def smooth(loss: Array, window: int) -> Array:
    """Average over a centred window, so that nothing moves to the right; straight at the ends.

    Parameters
    ----------
    loss : ndarray, shape (steps,)
        Raw losses.
    window : int
        Points averaged; made odd, and no larger than there are points.

    Returns
    -------
    ndarray, shape (steps,)
        Savitzky-Golay filter of degree 1 (`scipy.signal.savgol_filter`): the plain
        mean of the window, and a straight line fitted to the first and last window.

    Examples
    --------
    >>> smooth(np.array([4.0, 2.0, 3.0, 1.0, 2.0]), window=3).round(6).tolist()
    [3.5, 3.0, 2.0, 2.0, 1.5]
    """
    from scipy.signal import savgol_filter

    window = min(window, len(loss))
    window -= window % 2 == 0
    return loss if window < 3 else savgol_filter(loss, window, 1)
