#!/usr/bin/env bash
# Runs a sweep of 4.9 million runs twice: undisturbed, and killed three times. All files but the
# manifest must have the same bytes. This takes about 45 minutes on two cores; the two sweeps run in
# parallel on one thread each.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --locked -q
consortia=$PWD/target/release/consortia
sweep=$PWD/benches/large-sweep.toml
out=${1:-target/survive}
rm -rf "$out" && mkdir -p "$out" && cd "$out"

"$consortia" sweep "$sweep" --threads 1 --quiet --out undisturbed >undisturbed.log 2>&1 &
undisturbed=$!
for pause in 233 611 417; do
  resume=; [ -f killed/sweep.json ] && resume=--resume
  "$consortia" sweep "$sweep" --threads 1 --quiet $resume --out killed >>killed.log 2>&1 &
  process=$!
  sleep "$pause"
  kill -9 "$process"
  wait "$process" 2>/dev/null || true
  echo "killed after $pause s with $(wc -l <killed/journal.csv) lines in the journal"
done
"$consortia" sweep "$sweep" --threads 1 --quiet --resume --out killed >>killed.log 2>&1
wait "$undisturbed"
diff -r --exclude=manifest.json --exclude=.lock undisturbed killed && echo "the same bytes"
