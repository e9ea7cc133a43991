"""Where fits run: tasks handed out to processes of this machine, or to dask."""
