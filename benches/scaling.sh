#!/usr/bin/env bash
# Measures how the cost of the engine grows with threads, designs, years, states and replications,
# and its memory. No files are written.
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
echo "states along one river (caco-2002): the first has the reservoir, each has land, the last has fuel"
river() { # states: a scenario
  cat <<'TOML' # the Syr Darya, with its demand divided among all states
[scenario]
name = "river"
title = "A river of many states"
organisation = "caco-2002"
first_year = 2002
horizon = 30
replications = 1024
seed = 1
discount_rate = 0.05
price_base_year = 2005
[basins.river]
ar1_summer = 0.14
winter_link = 0.6
common_factor_share = 0.5
forecast_skill = 0.8
withdrawal_rule = "proportional"
TOML
  sed -n '/toktogul.reservoir]/,/^$/p' benches/peers/water-energy/scenario.toml | sed 's/syr.nodes.toktogul/river.nodes.s0/'
  for ((at = 0; at < $1; at++)); do
    last=$((at + 1 == $1))
    printf '[states.X%s]\nname = "X%s"\n' "$at" "$at"
    [ $last = 0 ] || printf 'has_hydrocarbons = true\nfuel_cost = 13.0\n'
    printf '[basins.river.nodes.s%s]\nowner = "X%s"\ndownstream = "%s"\n' "$at" "$at" "$([ $last = 1 ] && echo sink || echo "s$((at + 1))")"
    printf 'inflow_summer_mean = %s\ninflow_summer_cv = 0.24\ninflow_winter_mean = %s\ninflow_winter_cv = 0.11\n' \
      "$([ $at = 0 ] && echo 9.3 || echo 0.2)" "$([ $at = 0 ] && echo 2.9 || echo 0.3)"
    printf 'irrigation_demand_summer = %s\np_scarce = 112.0\np_full = 8.0\n' "$((1400 / $1))e-2"
  done
}
folder=$(mktemp -d)
trap 'rm -rf "$memory" "$folder"' EXIT
for states in 2 3 4 5 8 12 16; do
  river $states >"$folder/river.toml"
  members=$(for ((at = 0; at < states; at++)); do printf '"X%s"\n' "$at"; done | paste -sd,)
  echo "  $states: $(each --scenario "$folder/river.toml" --org caco-2002 --set "organisation.members=[$members]" --replications 1024)"
done
echo "replications (ucas-court) and memory at most"
for replications in 1000 10000 100000; do
  /usr/bin/time -f '%M' -o "$memory" "$THROUGHPUT" --replications $replications --rounds 1 --threads 2 | sed "s/.*: /  $replications: /" | tr '\n' ' '
  echo "$(($(cat "$memory") / 1024)) MB"
done
