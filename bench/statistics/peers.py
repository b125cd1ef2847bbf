"""The peers: the same jobs as stele-bench-statistics does, with the packages that people use in Python.

    peers.py JOB FILE [RESULT]

Prints as JSON the seconds that the statistic alone took, once the file was read, and the figures that sum it up. With RESULT,
writes all figures there as CSV, to be compared.
"""

import json
import sys
import time

import numpy as np
import pandas as pd


def alpha(file):
    """Krippendorff's alpha by the package krippendorff, from counts by task and label, its fastest way in."""
    import krippendorff

    ratings = pd.read_csv(file, usecols=["task", "label"])
    start = time.perf_counter()
    tasks, names = pd.factorize(ratings["task"])
    labels, values = pd.factorize(ratings["label"], sort=True)
    counts = np.bincount(tasks * len(values) + labels, minlength=len(names) * len(values))
    result = krippendorff.alpha(
        value_counts=counts.reshape(len(names), len(values)),
        value_domain=np.asarray(values),
        level_of_measurement="ordinal",
    )
    return time.perf_counter() - start, {"alpha": float(result)}, None


def dawid_skene(file):
    """Dawid and Skene by crowd-kit: 20 steps, none of which is left out because its bound fell."""
    from crowdkit.aggregation import DawidSkene

    ratings = pd.read_csv(file, dtype={"label": str})
    start = time.perf_counter()
    model = DawidSkene(n_iter=20, tol=-np.inf).fit(ratings)
    return time.perf_counter() - start, {"steps": len(model.loss_history_)}, model.probas_


def noisy_bradley_terry(file):
    """Bradley and Terry's model with skills and sides by crowd-kit, as it comes."""
    from crowdkit.aggregation import NoisyBradleyTerry

    comparisons = pd.read_csv(file)
    start = time.perf_counter()
    model = NoisyBradleyTerry().fit(comparisons)
    seconds = time.perf_counter() - start
    logit = lambda share: np.log(share) - np.log1p(-share)
    result = parameters(logit(model.scores_), model.skills_, model.biases_)
    return seconds, {"log-likelihood": log_likelihood(comparisons, result)}, result


def noisy_bradley_terry_mended(file):
    """The same likelihood, with the gradient that it has, over arrays.

    crowd-kit's gradient writes sides to the place before theirs, and keeps each worker's last comparison only, so that its
    search ends early. This one finds the maximum, and is what strengths are compared with.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    comparisons = pd.read_csv(file)
    start = time.perf_counter()
    items = np.unique(comparisons[["left", "right"]])
    workers, names = pd.factorize(comparisons["worker"], sort=True)
    left, right = (np.searchsorted(items, comparisons[side]) for side in ("left", "right"))
    sign = np.where(comparisons["label"] == comparisons["left"], 1.0, -1.0)
    count = (len(items), len(names))

    def negative(x):
        strength, side, skill = np.split(x, [count[0], count[0] + count[1]])
        judged = expit(sign * (strength[left] - strength[right]))
        taken = expit(sign * side[workers])
        skilled = expit(skill)[workers]
        probability = skilled * judged + (1 - skilled) * taken
        by_strength = np.bincount(left, sign * skilled * judged * (1 - judged) / probability, count[0])
        by_strength -= np.bincount(right, sign * skilled * judged * (1 - judged) / probability, count[0])
        by_side = np.bincount(workers, sign * (1 - skilled) * taken * (1 - taken) / probability, count[1])
        by_skill = np.bincount(workers, (judged - taken) * skilled * (1 - skilled) / probability, count[1])
        # the package's regularisation, with the sign that its gradient has
        value = np.log(probability).sum() - 1e-5 * (np.logaddexp(0, strength) + np.logaddexp(0, -strength)).sum()
        by_strength -= 1e-5 * np.tanh(strength / 2)
        return -value, -np.concatenate([by_strength, by_side, by_skill])

    start_at = np.concatenate([np.zeros(sum(count)), np.full(count[1], np.log(4))])
    options = {"maxiter": 20_000, "maxfun": 100_000, "ftol": 1e-9, "gtol": 1e-4}
    found = minimize(negative, start_at, jac=True, method="L-BFGS-B", options=options)
    seconds = time.perf_counter() - start
    strength, side, skill = np.split(found.x, [count[0], count[0] + count[1]])
    result = parameters(
        pd.Series(strength, items), pd.Series(expit(skill), names), pd.Series(expit(side), names)
    )
    return seconds, {"log-likelihood": log_likelihood(comparisons, result)}, result


def parameters(strengths, skills, sides):
    """One table: logarithms of strengths, which add up to 0, then workers."""
    strengths = pd.DataFrame({"kind": "strength", "first": strengths - strengths.mean(), "second": np.nan})
    workers = pd.DataFrame({"kind": "worker", "first": skills, "second": sides})
    return pd.concat([strengths, workers])


def log_likelihood(comparisons, result):
    """The model's log-likelihood at these parameters, without regularisation: one yardstick for all."""
    strengths = result.loc[result["kind"] == "strength", "first"]
    workers = result.loc[result["kind"] == "worker"]
    left, right = (strengths.reindex(comparisons[side]).to_numpy() for side in ("left", "right"))
    known = workers.reindex(comparisons["worker"])
    skill, side = known["first"].to_numpy(), known["second"].to_numpy()
    prefers_left = skill / (1 + np.exp(right - left)) + (1 - skill) * side
    preferred = np.where(comparisons["label"] == comparisons["left"], prefers_left, 1 - prefers_left)
    return float(np.log(preferred).sum())


JOBS = {
    "alpha": alpha,
    "dawid-skene": dawid_skene,
    "noisy-bradley-terry": noisy_bradley_terry,
    "noisy-bradley-terry-mended": noisy_bradley_terry_mended,
}

if __name__ == "__main__":
    job, file, *result = sys.argv[1:]
    seconds, figures, table = JOBS[job](file)
    print(json.dumps({"seconds": seconds, **figures}))
    if result and table is not None:
        table.to_csv(result[0])
