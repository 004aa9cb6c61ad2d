"""How Spack builds ictus. Copy it into a repository of your own: docs/install_on_a_cluster.md."""

from spack.package import *


class Ictus(Package):
    """Maps where a brain model is stable and where it seizes."""

    # No homepage and no url, since the sources have no public place yet: `spack dev-build` takes them from your copy.
    license("MIT OR Apache-2.0")

    version("0.1.0")

    variant("mpi", default=False, description="Runs over the ranks of one MPI job")

    depends_on("rust@1.89:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("netcdf-c@4.6: ~mpi")
    depends_on("mpi", when="+mpi")
    depends_on("llvm", when="+mpi", type="build")

    def setup_build_environment(self, env):
        if self.spec.satisfies("+mpi"):
            env.set("MPICC", self.spec["mpi"].mpicc)
            env.set("LIBCLANG_PATH", self.spec["llvm"].prefix.lib)

    def install(self, spec, prefix):
        features = ["--features", "mpi"] if spec.satisfies("+mpi") else []
        cargo = which("cargo", required=True)
        cargo("install", "--locked", "--root", prefix, "--path", ".", *features)
