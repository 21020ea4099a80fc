"""`make bench`: every benchmark of this folder, one after the other."""

import importlib
import pkgutil

import bench

for module in sorted(info.name for info in pkgutil.iter_modules(bench.__path__)):
    if module.startswith("bench_"):
        print(f"\n=== {module}", flush=True)
        importlib.import_module(f"bench.{module}").main([])
