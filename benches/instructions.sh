#!/usr/bin/env bash
# Instructions of a whole run, counted by valgrind: independent of the machine's load.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "valgrind is not there: no instruction counts"; exit 0; }
cargo build --release --locked -q
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
count() { # organisation, replications
  valgrind --tool=callgrind --callgrind-out-file="$out/callgrind" ./target/release/consortia run central-asia \
    --org "$1" --replications "$2" --threads 1 --quiet --out "$out/run-$1-$2" >/dev/null 2>"$out/log" || { cat "$out/log"; exit 1; }
  awk '/^summary:/ || /^totals:/ { print $2; exit }' "$out/callgrind"
}
for organisation in none caco-2002 ecsc-1951; do
  small=$(count "$organisation" 64)
  large=$(count "$organisation" 192)
  echo "$organisation: $(( (large - small) / 128 )) instructions per replication (reference included), $small for 64 with start and plots"
done
