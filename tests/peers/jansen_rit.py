"""JAX and ictus on the same sweep, one thread each: the same amplitudes, and how long each takes.

Usage: jansen_rit.py PROGRAM FOLDER, the program ictus and the folder it is to run in. Both are timed by the processor's clock,
which other work on the machine does not stop. Time is told, not judged."""

import os
import resource
import subprocess
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import jax.numpy as jnp
import numpy
import xarray

jax.config.update("jax_enable_x64", True)

STEP, STEPS, FIRST = 1e-4, 50_000, 30_000
A, B, a, b, C, e0, v0, r = 3.25, 22.0, 100.0, 50.0, 135.0, 2.5, 6.0, 0.56


def rate(v):
    return 2 * e0 / (1 + jnp.exp(r * (v0 - v)))


def field(y, p):
    """Jansen & Rit (1995), doi:10.1007/BF00199471, with the numbers of models/jansen_rit.ode."""
    return jnp.stack([
        y[3], y[4], y[5],
        A * a * rate(y[1] - y[2]) - 2 * a * y[3] - a * a * y[0],
        A * a * (p + 0.8 * C * rate(C * y[0])) - 2 * a * y[4] - a * a * y[1],
        B * b * 0.25 * C * rate(0.25 * C * y[0]) - 2 * b * y[5] - b * b * y[2],
    ])


def amplitude(p):
    """The range of y1 - y2 over the last steps, at the ends of steps."""

    def step(number, carried):
        y, highest, lowest = carried
        k1 = field(y, p)
        k2 = field(y + STEP / 2 * k1, p)
        k3 = field(y + STEP / 2 * k2, p)
        k4 = field(y + STEP * k3, p)
        y = y + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        potential, measured = y[1] - y[2], number >= FIRST
        highest = jnp.where(measured, jnp.maximum(highest, potential), highest)
        return y, highest, jnp.where(measured, jnp.minimum(lowest, potential), lowest)

    infinite = jnp.full(p.shape, jnp.inf)
    _, highest, lowest = jax.lax.fori_loop(0, STEPS, step, (jnp.zeros((6, *p.shape)), -infinite, infinite))
    return highest - lowest


program, folder = sys.argv[1:]
study = os.path.join(os.path.dirname(__file__), "jansen_rit.toml")
command = [program, "--quiet", "run", study, "--threads", "1", "--fresh", "--output", folder]
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
ictus_seconds = usage.ru_utime + usage.ru_stime

data = xarray.open_dataset(os.path.join(folder, "map.nc"))
rates = jnp.asarray(data["p"].values)
# In batches of 128, which JAX runs fastest.
sweep = jax.jit(lambda p: jax.lax.map(amplitude, p.reshape(-1, 128)).reshape(-1))
theirs = numpy.asarray(sweep(rates))
start = time.process_time()
sweep(rates).block_until_ready()
jax_seconds = time.process_time() - start

ours = data["amplitude"].values
# JAX looks at the ends of steps only, ictus interpolates: a peak is missed by the curvature over a step at most.
difference = numpy.max(numpy.abs(ours - theirs) / numpy.maximum(1.0, ours))
work = rates.size * STEPS
print(f"JAX   {jax_seconds:7.2f} s  {work / jax_seconds / 1e6:7.1f} M point-steps/s")
print(f"ictus {ictus_seconds:7.2f} s  {work / ictus_seconds / 1e6:7.1f} M point-steps/s, from start to map")
print(f"ratio {jax_seconds / ictus_seconds:.2f}; largest relative difference of an amplitude {difference:.1e}")
sys.exit(not difference < 1e-3)
