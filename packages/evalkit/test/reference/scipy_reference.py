"""Asks SciPy and statsmodels what golden/*.json asks R, and writes golden/scipy.json.

    python3 -m venv venv && venv/bin/pip install scipy statsmodels && venv/bin/python scipy_reference.py

Only answers are written; the questions stay in the files that the R scripts wrote.
"""
import json
import warnings
from pathlib import Path

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

warnings.filterwarnings("ignore")
folder = Path(__file__).parent / "golden"


def golden(name):
    return json.loads((folder / f"{name}.json").read_text())


def distributions():
    r = golden("distributions")
    return {
        "normal": [stats.norm.cdf(q["z"]) for q in r["normal"]],
        "normal_quantile": [stats.norm.ppf(q["p"]) for q in r["normal_quantile"]],
        "student": [stats.t.cdf(q["t"], q["df"]) for q in r["student"]],
        "beta": [stats.beta.cdf(q["x"], q["a"], q["b"]) for q in r["beta"]],
        "binomial": [stats.binom.cdf(q["k"], q["n"], q["p"]) for q in r["binomial"]],
    }


def proportions():
    r = golden("proportions")

    def interval(q, method):
        return [float(x) for x in proportion_confint(q["k"], q["n"], q["alpha"], method=method)]

    return {
        "wilson": [interval(q, "wilson") for q in r["rates"]],
        "exact": [interval(q, "beta") for q in r["rates"]],
        "mcnemar": [
            mcnemar([[0, q["b"]], [q["c"], 0]], exact=True).pvalue if q["b"] + q["c"] > 0 else 1.0
            for q in r["discordant"]
        ],
    }


def paired():
    r = golden("paired-tests")
    ranks = {}
    for name, q in r["ranks"].items():
        d = np.array(q["d"], dtype=float)
        tied = len(set(np.abs(d[d != 0]))) < np.count_nonzero(d)
        if q["method"] == "exact" and (tied or np.any(d == 0)):
            continue  # SciPy has no exact distribution with ties
        method = "exact" if q["method"] == "exact" else "asymptotic"
        ranks[name] = stats.wilcoxon(d, zero_method="wilcox", correction=False, method=method).pvalue
    t = []
    for q in r["t"]:
        found = stats.ttest_1samp(q["d"], 0)
        low, high = found.confidence_interval(0.95)
        t.append({"p": found.pvalue, "low": low, "high": high})
    return {"ranks": ranks, "t": t}


def families():
    r = golden("families")
    adjusted = {
        name: {
            "holm": multipletests(q["p"], method="holm")[1].tolist(),
            "bh": multipletests(q["p"], method="fdr_bh")[1].tolist(),
        }
        for name, q in r["adjusted"].items()
    }
    pooled = {}
    for name, q in r["pooled"].items():
        if len(set(q["delta"])) < 2:
            continue  # equal differences: no standard error by statsmodels
        found = combine_effects(np.array(q["delta"]), np.array(q["se_of"]) ** 2, method_re="dl", use_t=False)
        if found.tau2 < 0:
            continue  # statsmodels does not cut the variance off at 0
        pooled[name] = {"mean": found.mean_effect_re, "se": found.sd_eff_w_re, "tau2": found.tau2, "q": found.q}
    return {"adjusted": adjusted, "pooled": pooled}


def columns(rows, conditions):
    condition = np.array(rows["condition"])
    return np.column_stack([np.ones(len(condition))] + [condition == j for j in range(1, conditions)]).astype(float)


def models():
    r = golden("models")
    # MixedLM is not asked: its search stops 1e-5 before the optimum. Mixed models rest on lme4.
    ols, gee = {}, {}
    for name, q in r["ols"].items():
        x = columns(q["rows"], len(q["beta"]))
        fit = sm.OLS(np.array(q["rows"]["y"]), x).fit(
            cov_type="cluster", cov_kwds={"groups": np.array(q["rows"]["cluster"])}, use_t=True
        )
        ols[name] = {"beta": fit.params.tolist(), "se": fit.bse.tolist()}
    for name, q in r["gee"].items():
        rows = q["rows"]
        x = columns(rows, len(q["beta"]))
        trials, right = np.array(rows["trials"]), np.array(rows["right"])
        index = np.repeat(np.arange(len(trials)), trials)
        y = np.concatenate([[1.0] * k + [0.0] * (n - k) for k, n in zip(right, trials)])
        groups = np.array(rows["cluster"])[index]
        fit = sm.GEE(y, x[index], groups=groups, family=sm.families.Binomial()).fit()
        count = len(set(groups))
        gee[name] = {"beta": fit.params.tolist(), "se": (fit.bse * np.sqrt(count / (count - 1))).tolist()}
    return {"ols": ols, "gee": gee}


answers = {
    "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
    "distributions": distributions(),
    "proportions": proportions(),
    "paired": paired(),
    "families": families(),
    "models": models(),
}
(folder / "scipy.json").write_text(json.dumps(answers, indent=1, default=float) + "\n")
