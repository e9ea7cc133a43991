"""Where fits run: processes of this machine, or the workers of a dask scheduler."""
