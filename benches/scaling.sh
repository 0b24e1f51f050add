#!/usr/bin/env bash
# How the engine's cost grows: with threads, designs, years, states, replications; and memory. No files are written.
set -euo pipefail
memory=$(mktemp)
trap 'rm -f "$memory"' EXIT
cd "$(dirname "$0")/.."
if [ -z "${THROUGHPUT:-}" ]; then
  THROUGHPUT=$(cargo bench --bench throughput --no-run --message-format=json 2>/dev/null \
    | grep -o '"executable":"[^"]*throughput[^"]*"' | tail -1 | cut -d'"' -f4)
fi
each() { "$THROUGHPUT" "$@" --rounds 3 | sed 's/.*: //'; }
echo "threads (ucas-court)"
for threads in 1 2; do echo "  $threads: $(each --threads $threads --replications 4096)"; done
echo "designs (caco-2002, ucas-2007 and ecsc-1951 in turn)"
for designs in 1 2 4 8 16 32 64; do
  names=$(for ((at = 0; at < designs; at++)); do echo caco-2002 ucas-2007 ecsc-1951 | cut -d' ' -f$((at % 3 + 1)); done | paste -sd,)
  echo "  $designs: $(each --org "$names" --replications 512)"
done
echo "years (ucas-court)"
for years in 10 30 60 100; do echo "  $years: $(each --set "scenario.horizon=$years" --replications 1024)"; done
echo "states (caco-2002; those beyond five trade with everybody and have no share in the rivers)"
for states in 5 8 12 16; do
  more=()
  members='"KAZ","KGZ","TJK","UZB"'
  for ((at = 5; at < states; at++)); do
    more+=(--set "states.X$at.name=\"X$at\"" --set "transport.border_rents.X$at=10" --set "transport.imports.X$at.KAZ=50")
    members+=",\"X$at\""
  done
  echo "  $states: $(each --org caco-2002 --set "organisation.members=[$members]" "${more[@]}" --replications 1024)"
done
echo "replications (ucas-court) and memory at most"
for replications in 1000 10000 100000; do
  /usr/bin/time -f '%M' -o "$memory" "$THROUGHPUT" --replications $replications --rounds 1 --threads 2 | sed "s/.*: /  $replications: /" | tr '\n' ' '
  echo "$(($(cat "$memory") / 1024)) MB"
done
