#!/bin/bash
# cmake for the C libraries of the wheel (the variable CMAKE names it to their crates): nothing of the machine that builds them stays in them,
# neither the folders of the build nor which compression libraries happen to be installed.
set -eu -o pipefail

case ${1:-} in
    --*) exec cmake "$@" ;;
esac
cmake "$@" --no-warn-unused-cli -DHDF5_ENABLE_EMBEDDED_LIBINFO=OFF -DH5_DEFAULT_PLUGINDIR=/usr/local/hdf5/lib/plugin -DNETCDF_WITH_PLUGIN_DIR=/usr/local/hdf5/lib/plugin \
    -DNETCDF_ENABLE_FILTER_SZIP=OFF -DNETCDF_ENABLE_FILTER_BZ2=OFF -DNETCDF_ENABLE_FILTER_BLOSC=OFF -DNETCDF_ENABLE_FILTER_ZSTD=OFF
# HDF5 would keep its compiler's name and flags as a text; it has an empty one for who does not want that.
empty=$1/src/H5build_settings.off.c.in
if [ -e "$empty" ] && [ -e src/H5build_settings.c ]; then
    cp "$empty" src/H5build_settings.c
fi
