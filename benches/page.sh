#!/usr/bin/env bash
# Measures the time to write a page of 100,000 replications under eight designs from its folder, and
# the size of the page.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
program=target/release/consortia
folder=${1:-target/page}
designs=caco-2002,ucas-2007,ucas-court,ecsc-1951,none,cau-key-spheres,asean-like,caec-1994
[ -f "$folder/manifest.json" ] || $program compare central-asia --org $designs --replications "${REPLICATIONS:-100000}" --quiet --out "$folder" >/dev/null
du -sh "$folder"
for _ in 1 2 3 4 5; do
  start=$(date +%s.%N)
  $program report "$folder" >/dev/null
  printf '%.3f s\n' "$(echo "$(date +%s.%N) - $start" | bc)"
done
wc -c "$folder/report.html"
