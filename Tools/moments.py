"""The statistics of vectors in NumPy float64, as actrec defines them, one row a vector.

    moments(x)["variance"]          # x: [n, d]

Each statistic comes with the size of what was summed for it ("{name} size"): a sum whose terms cancel cannot be
relative to itself. Means are relative to the vector's root mean square, skewness to the mean of |third powers|.
"""
import numpy as np


def moments(x):
    """{column: [n]} for x of shape [n, d]: population variance, moments of the centred vector, kurtosis not excess."""
    x = np.asarray(x, np.float64)
    mean = x.mean(-1)
    centred = x - mean[:, None]
    variance = (centred ** 2).mean(-1)
    deviation = np.sqrt(variance)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        standard = centred / deviation
    rms = np.sqrt((x ** 2).mean(-1))
    return {
        "mean": mean, "mean size": rms,
        "variance": variance,
        "l2_norm": np.sqrt((x ** 2).sum(-1)),
        "minimum": x.min(-1), "maximum": x.max(-1), "abs_max": np.abs(x).max(-1),
        "abs_max_feature": np.abs(x).argmax(-1),  # the first of equals
        "skewness": (standard ** 3).mean(-1), "skewness size": (np.abs(standard) ** 3).mean(-1),
        "kurtosis": (standard ** 4).mean(-1),
        "nonfinite": (~np.isfinite(x)).sum(-1),
    }


def largest_difference(stored, computed, size=None):
    """The largest |stored - computed| / size (default: the computed value); NaN in both agrees, in one does not."""
    stored = np.asarray(stored, np.float64)
    scale = np.abs(computed if size is None else size)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(stored == computed, 0.0, np.abs(stored - computed) / scale)
    relative = np.where(np.isnan(stored) & ~np.isfinite(computed), 0.0, relative)
    return float(np.max(np.where(np.isnan(relative), np.inf, relative), initial=0.0))
