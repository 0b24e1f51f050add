#!/usr/bin/env bash
# Runs the parts of a sweep with GNU parallel, here or on machines that share a file system; merges them.
#
#   examples/clusters/parallel.sh SWEEP FOLDER PARTS [options of parallel …] [-- options of consortia sweep …]
#
# Several machines: --sshloginfile nodes --workdir . The same command resumes a stopped run.
set -euo pipefail
if [ $# -lt 3 ]; then sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; fi
sweep=$1 folder=$2 parts=$3
shift 3
of_parallel=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do of_parallel+=("$1"); shift; done
[ "${1:-}" = -- ] && shift
mkdir -p "$folder.parts"
part='resume=; [ -e "$2/sweep.json" ] && resume=--resume; out=$2; shard=$3; shift 3; exec consortia sweep "$0" --shard "$shard" --out "$out" --quiet $resume "$@"'
# Two threads for each part by default.
case " $* " in *" --threads"*) ;; *) set -- "$@" --threads=2 ;; esac
seq "$parts" | parallel --retries 2 --joblog "$folder.parts/jobs.tsv" "${of_parallel[@]}" \
  bash -c "$(printf '%q' "$part")" "$(printf '%q' "$sweep")" _ "$(printf '%q' "$folder").parts/{}" "{}/$parts" \
  "$(printf '%q ' "$@")"
exec consortia merge "$folder".parts/*/ --out "$folder"
