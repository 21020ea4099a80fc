"""`make bench`: every benchmark of this folder, one after the other, each in a process of its own."""

import pkgutil
import subprocess
import sys

import bench

failed = []
for module in sorted(info.name for info in pkgutil.iter_modules(bench.__path__)):
    if module.startswith("bench_"):
        print(f"\n=== {module}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{module}"]).returncode:
            failed.append(module)
if failed:
    sys.exit(f"These ended with an error: {', '.join(failed)}.")
