#!/usr/bin/env bash
# Counts the instructions of one replication of one design with valgrind, so that the load of the
# machine does not matter.
#
#     benches/instructions.sh            compares with benches/instructions/baseline.tsv; fails if a
#                                        design costs 4 % more, or implausibly less
#     benches/instructions.sh --renew    writes a new baseline
#
# The count covers `Worker::open` (replications, and what all designs share) and `Worker::run`, over
# 64 replications. A place is a function of this crate, another crate, the standard library, or the
# system. Inlined code counts in the function where it is written; code of the standard library that
# is inlined there counts with it. Valgrind supports AVX2 but not AVX-512, so the AVX2 version of
# the lanes is counted.
set -euo pipefail
cd "$(dirname "$0")/.."
TOLERANCE=4   # percent
IMPLAUSIBLE=60 # percent less: an entry function was not found; this is not a gain in speed
DESIGNS=(none caco-2002 ucas-court ecsc-1951)
REPLICATIONS=64
BASELINE=benches/instructions/baseline.tsv
command -v valgrind >/dev/null || { echo "valgrind is not there: no instruction counts"; exit 0; }
grep -q -m1 avx2 /proc/cpuinfo || { echo "no AVX2 here: counts would not compare with the baseline"; exit 0; }
BINARY="${CONSORTIA_BINARY:-}"
if [ -z "$BINARY" ]; then
  cargo build --release --locked -q
  BINARY="${CARGO_TARGET_DIR:-target}/release/consortia"
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

count() { # design: instructions of a replication by place
  sed "s/\"ucas-court\"/\"$1\"/" benches/instructions/ucas-court.toml >"$out/$1.toml"
  valgrind --tool=callgrind --compress-strings=no --compress-pos=no --callgrind-out-file="$out/callgrind-$1" \
    --toggle-collect='consortia::simulation::Worker::open*' --toggle-collect='consortia::simulation::Worker::run*' \
    "$BINARY" sweep "$out/$1.toml" --shard 1/2 --replications "$REPLICATIONS" --threads 1 --quiet --out "$out/sweep-$1" \
    >/dev/null 2>"$out/log-$1" || { cat "$out/log-$1"; return 1; }
  awk -f benches/instructions/by-place.awk "$out/callgrind-$1" | awk -F'\t' -v OFS='\t' -v design="$1" -v n="$REPLICATIONS" '
    { each = $2 / n; total += each; if (each >= 500) print design, $1, sprintf("%.0f", each) }
    END { print design, "total", sprintf("%.0f", total) }' >"$out/now-$1"
}

for design in "${DESIGNS[@]}"; do
  { count "$design" && touch "$out/counted-$design"; } &
  [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
done
wait
for design in "${DESIGNS[@]}"; do
  [ -e "$out/counted-$design" ] || { echo "$design was not counted"; exit 1; }
done
# Results must be the same bits for AVX2 (valgrind) and the widest vectors of the processor.
"$BINARY" sweep "$out/ucas-court.toml" --shard 1/2 --replications "$REPLICATIONS" --threads 1 --quiet --out "$out/native" >/dev/null
if diff -r "$out/sweep-ucas-court/shards" "$out/native/shards" >/dev/null; then
  echo "AVX2 and the processor's widest vectors give the same bytes"
else
  echo "results depend on the width of vectors"
  exit 1
fi

rustc=$(rustc --version | cut -d' ' -f2)
{ printf 'rustc\t%s\t\n' "$rustc"; cat "$out"/now-* | LC_ALL=C sort; } >"$out/now.tsv"

if [ "${1:-}" = --renew ]; then
  cp "$out/now.tsv" "$BASELINE"
  grep -P '\ttotal\t' "$BASELINE"
  exit 0
fi
recorded=$(awk -F'\t' '$1 == "rustc" { print $2 }' "$BASELINE")
if [ "$recorded" != "$rustc" ]; then
  echo "the baseline is of rustc $recorded, here is $rustc: counts are shown, not judged (renew with --renew)"
  grep -P '\ttotal\t' "$out/now.tsv"
  exit 0
fi
awk -F'\t' -v tolerance="$TOLERANCE" -v implausible="$IMPLAUSIBLE" '
  $1 == "rustc" { next }
  NR == FNR { before[$1, $2] = $3; next }
  {
    was = before[$1, $2] + 0
    if ($2 == "total") {
      now[$1] = $3; base[$1] = was
    } else if ($3 - was > 0.005 * before[$1, "total"]) {
      grew[$1] = grew[$1] sprintf("    %s: %.0f, was %.0f\n", $2, $3, was)
    }
  }
  END {
    for (design in now) {
      if (base[design] == 0) { failed = 1; printf "%s has no baseline: benches/instructions.sh --renew\n", design; continue }
      change = 100 * (now[design] / base[design] - 1)
      printf "%s: %.0f instructions a replication, %+.1f %% against the baseline\n", design, now[design], change
      if (change > tolerance) { failed = 1; printf "  this is more than %s %%; what grew:\n%s", tolerance, grew[design] }
      if (change < -implausible) { failed = 1; printf "  implausibly few: are the names of the entry functions still right? If so, --renew\n" }
      else if (change < -tolerance) printf "  faster: renew the baseline with benches/instructions.sh --renew\n"
    }
    exit failed
  }' "$BASELINE" "$out/now.tsv"
