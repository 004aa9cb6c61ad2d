"""numpy, JAX and ictus on two networks, one thread each: the same measured values, and how long each takes.

Usage: networks.py PROGRAM FOLDER, the program ictus and the folder it is to run in. W3: 76 nodes of Wilson-Cowan populations,
Euler's method, the mean of E. W4: 256 Kuramoto oscillators, Runge-Kutta's method, the order parameter. Both hear each other with
dense weights, at 64 couplings. All are timed by the processor's clock, which other work on the machine does not stop. Time is
told, not judged."""

import os
import resource
import shutil
import subprocess
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import jax
import jax.numpy as jnp
import numpy
import xarray

jax.config.update("jax_enable_x64", True)

POINTS = 64
# numpy steps this part of the steps where its time alone is wanted; JAX gives the values.
SHORT = 10


def weights(nodes):
    """Weights without a pattern, of which each row's sum is about 1."""
    own = 2 * ((numpy.arange(nodes * nodes) * 0.618033988749895) % 1).reshape(nodes, nodes) / nodes
    numpy.fill_diagonal(own, 0)
    return own


class WilsonCowan:
    """Wilson & Cowan (1972), doi:10.1016/S0006-3495(72)86068-5, with the numbers of wilson_cowan.ode."""

    name, column, nodes, steps, step = "W3", "k", 76, 10_000, 0.1
    couplings = numpy.linspace(0, 2, POINTS)
    tolerance = 1e-6

    def study(self):
        return (
            '[model]\nfile = "wilson_cowan.ode"\n[network.channels.dense]\nmatrix = { file = "W3.csv" }\n'
            f"[space.axes]\nk = {{ from = 0, to = 2, n = {POINTS} }}\n"
            '[time]\nmethod = "euler"\nstep = "0.1 ms"\ntransient = "500 ms"\nwindow = "500 ms"\n'
            '[observe]\nfeatures = ["moments"]\n'
        )

    def start(self, np):
        return (np.full((self.nodes, POINTS), 0.05),) * 2

    def advance(self, np, state, W, K):
        E, I = state
        excited = 1 / (1 + np.exp(-1.5 * (16 * E - 12 * I + K * (W @ E) + 0.6 - 3)))
        inhibited = 1 / (1 + np.exp(-1.5 * (15 * E - 3 * I - 3)))
        return E + self.step * (-E + (1 - E) * excited) / 2.5, I + self.step * (-I + (1 - I) * inhibited) / 3.75

    def signal(self, np, state):
        return state[0].mean(0)


class Kuramoto:
    """Kuramoto (1975), doi:10.1007/BFb0013365."""

    name, column, nodes, steps, step = "W4", "K", 256, 2_000, 0.01
    couplings = numpy.linspace(0, 4, POINTS)
    tolerance = 1e-6
    frequencies = (numpy.arange(nodes) * 0.381966011) % 1
    phases = 6 * frequencies

    def study(self):
        return (
            '[model]\nname = "kuramoto"\n[network]\nsignal = "order"\n'
            '[network.channels.sine]\nmatrix = { file = "W4.csv" }\nfrom = "s"\nto = "hs"\n'
            '[network.channels.cosine]\nmatrix = { file = "W4.csv" }\nfrom = "c"\nto = "hc"\n'
            f'[network.nodes]\nq = {self.frequencies.tolist()}\ninit.theta = {self.phases.tolist()}\n'
            f"[space.axes]\nK = {{ from = 0, to = 4, n = {POINTS} }}\n"
            '[time]\nmethod = "rk4"\nstep = 0.01\ntransient = 10\nwindow = 10\n[observe]\nfeatures = ["moments"]\n'
        )

    def start(self, np):
        return (np.tile(np.asarray(self.phases)[:, None], (1, POINTS)),)

    def advance(self, np, state, W, K):
        def field(y):
            s, c = np.sin(y), np.cos(y)
            return np.asarray(self.frequencies)[:, None] + K * (c * (W @ s) - s * (W @ c))

        (y,) = state
        k1 = field(y)
        k2 = field(y + self.step / 2 * k1)
        k3 = field(y + self.step / 2 * k2)
        k4 = field(y + self.step * k3)
        return (y + self.step / 6 * (k1 + 2 * k2 + 2 * k3 + k4),)

    def signal(self, np, state):
        return np.sqrt(np.cos(state[0]).mean(0) ** 2 + np.sin(state[0]).mean(0) ** 2)


def of_jax(work, W):
    """The mean of the signal over the second half by the trapezoidal rule, and the seconds of a compiled run."""
    half = work.steps // 2

    def sweep(W, K):
        def step(number, carried):
            state, total = carried
            # The ends of the window count half: its first moment is before the step of number `half`.
            weight = jnp.where(number < half, 0.0, jnp.where(number == half, 0.5, 1.0))
            total = total + weight * work.signal(jnp, state)
            return work.advance(jnp, state, W, K), total

        state, total = jax.lax.fori_loop(0, work.steps, step, (work.start(jnp), jnp.zeros(POINTS)))
        return (total + 0.5 * work.signal(jnp, state)) / (work.steps - half)

    compiled = jax.jit(sweep)
    arguments = jnp.asarray(W), jnp.asarray(work.couplings)
    values = numpy.asarray(compiled(*arguments))
    start = time.process_time()
    compiled(*arguments).block_until_ready()
    return values, time.process_time() - start


def of_numpy(work, W):
    """The seconds that all steps would take."""
    state, total = work.start(numpy), 0
    start = time.process_time()
    for _ in range(work.steps // SHORT):
        state = work.advance(numpy, state, W, work.couplings)
        total = total + work.signal(numpy, state)
    return SHORT * (time.process_time() - start)


def of_ictus(work, W, program, folder):
    """The means in the map, and the seconds from start to map."""
    with open(os.path.join(folder, f"{work.name}.csv"), "w") as file:
        file.writelines(",".join(map(repr, row)) + "\n" for row in W.tolist())
    study = os.path.join(folder, f"{work.name}.toml")
    with open(study, "w") as file:
        file.write(work.study())
    output = os.path.join(folder, work.name)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [program, "--quiet", "run", study, "--threads", "1", "--fresh", "--output", output]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with xarray.open_dataset(os.path.join(output, "map.nc")) as data:
        if not numpy.allclose(data[work.column].values, work.couplings, rtol=1e-14):
            sys.exit(f"{work.name}: the map has other couplings")
        return data["mean"].values, seconds


program, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), "wilson_cowan.ode"), folder)
agrees = True
for work in (WilsonCowan(), Kuramoto()):
    W = weights(work.nodes)
    ours, ictus_seconds = of_ictus(work, W, program, folder)
    theirs, jax_seconds = of_jax(work, W)
    numpy_seconds = of_numpy(work, W)
    difference = numpy.max(numpy.abs(ours - theirs))
    agrees &= bool(difference < work.tolerance)
    for name, seconds in (("ictus", ictus_seconds), ("JAX", jax_seconds), ("numpy", numpy_seconds)):
        rate = POINTS * work.steps / seconds / 1e3
        print(f"{work.name} {name:6} {seconds:7.2f} s  {rate:8.1f} k point-steps/s  ratio {seconds / ictus_seconds:.2f}")
    print(f"{work.name} largest difference of a mean {difference:.1e}, at most {work.tolerance:.0e} is allowed")
sys.exit(not agrees)
