"""The names of laws, with their parameters in scipy's order.

They are written down here so that a wrong name or parameter is told at once: importing `scipy.stats` to ask
it takes longer than most sums. `tests/test_probability_laws.py` compares the tables with scipy itself.
"""

from __future__ import annotations

_CONTINUOUS = {
    "": (
        "anglit arcsine cauchy cosine expon gibrat gumbel_l gumbel_r halfcauchy halflogistic halfnorm "
        "hypsecant kstwobign landau laplace levy levy_l logistic maxwell moyal norm rayleigh semicircular "
        "uniform wald"
    ),
    "K": "exponnorm",
    "a": "alpha dgamma erlang gamma invgamma kappa3 powerlaw skewcauchy skewnorm",
    "a b": "beta betaprime jf_skew_t johnsonsb johnsonsu loguniform norminvgauss reciprocal truncnorm",
    "a b c": "genexpon",
    "a b c z": "gausshyper",
    "a c": "exponweib gengamma",
    "b": "exponpow pareto rice truncexpon",
    "b c": "truncpareto",
    "beta": "gennorm halfgennorm",
    "beta m": "crystalball",
    "c": (
        "bradford dweibull fatiguelife fisk foldcauchy foldnorm genextreme genhalflogistic genlogistic "
        "genpareto gompertz invweibull loggamma loglaplace lomax powernorm rdist triang weibull_max "
        "weibull_min wrapcauchy"
    ),
    "c a b": "truncweibull_min",
    "c d": "burr burr12 trapezoid",
    "c s": "powerlognorm",
    "chi": "argus",
    "df": "chi chi2 t",
    "df nc": "nct ncx2",
    "dfn dfd": "f",
    "dfn dfd nc": "ncf",
    "h k": "kappa4",
    "k s": "mielke",
    "kappa": "laplace_asymmetric vonmises vonmises_line",
    "lam": "tukeylambda",
    "mu": "invgauss recipinvgauss",
    "n": "irwinhall ksone kstwo",
    "nu": "nakagami",
    "p a b": "genhyperbolic",
    "p b": "geninvgauss",
    "rho": "rel_breitwigner",
    "s": "lognorm",
    "skew": "pearson3",
    "u s a b": "dpareto_lognorm",
}
"""Shape parameters of continuous laws; all of them take loc and scale too."""

_DISCRETE = {
    "M n N": "hypergeom",
    "M n N odds": "nchypergeom_fisher nchypergeom_wallenius",
    "M n r": "nhypergeom",
    "a": "dlaplace zipf",
    "a n": "zipfian",
    "alpha": "yulesimon",
    "lambda_": "planck",
    "lambda_ N": "boltzmann",
    "low high": "randint",
    "mu": "poisson",
    "mu1 mu2": "skellam",
    "n a b": "betabinom betanbinom",
    "n p": "binom nbinom",
    "p": "bernoulli geom logser",
}
"""Shape parameters of discrete laws; all of them take loc too."""


def _signatures(table: dict[str, str], common: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {name: (*shapes.split(), *common) for shapes, names in table.items() for name in names.split()}


CONTINUOUS = _signatures(_CONTINUOUS, ("loc", "scale"))
"""Name of a continuous law -> its parameters, in order."""

DISCRETE = _signatures(_DISCRETE, ("loc",))
"""Name of a discrete law -> its parameters, in order."""

SIGNATURES = {**CONTINUOUS, **DISCRETE}

DEFAULTS = {"loc": 0, "scale": 1}
"""Parameters that may be left out."""

ELSEWHERE = {
    "binomial": "binom",
    "exponential": "expon",
    "gauss": "norm",
    "gaussian": "norm",
    "geometric": "geom",
    "hypergeometric": "hypergeom",
    "lognormal": "lognorm",
    "normal": "norm",
    "student": "t",
    "weibull": "weibull_min",
}
"""What laws are called elsewhere -> what they are called here."""

TRAPS = {
    "norm": "scale is the standard deviation, not the variance",
    "uniform": "scale is the width: uniform(2,3) goes from 2 to 5",
    "expon": "loc comes first, and scale is 1/rate: a rate of 2 is expon:scale=1/2",
    "gamma": "a is the shape, and scale is 1/rate",
    "erlang": "a is the shape, and scale is 1/rate",
    "lognorm": "s is the standard deviation of the logarithm, and scale is exp of its mean",
    "weibull_min": "c is the shape",
    "pareto": "b is the exponent of the tail, and values start at scale",
    "triang": "c is where the peak is, from 0 (loc) to 1 (loc + scale)",
    "t": "df is the degrees of freedom, and scale is not the standard deviation",
    "randint": "high is excluded: randint(1,7) is a die",
    "geom": "counts the trials up to the first success, from 1",
    "nbinom": "counts the failures before success number n, from 0",
    "hypergeom": "M objects in all, n of them marked, N drawn",
    "poisson": "mu is the mean",
    "binom": "n trials with the probability p of success",
    "bernoulli": "p is the probability of 1",
}
"""What people coming from other programs get wrong, or the parameters' meaning, in a few words."""
