#!/usr/bin/env bash
# Runs a sweep as a Slurm array: PARTS jobs of one part each, then one that merges them.
#
#   examples/clusters/slurm/submit.sh SWEEP FOLDER PARTS [options of sbatch …] [-- options of consortia sweep …]
#
# The same command resumes: complete parts end at once, stopped parts continue.
set -euo pipefail
if [ $# -lt 3 ]; then sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2; fi
here=$(cd "$(dirname "$0")" && pwd)
sweep=$1 folder=$2 parts=$3
shift 3
of_sbatch=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do of_sbatch+=("$1"); shift; done
[ "${1:-}" = -- ] && shift
mkdir -p "$folder.parts"
array=$(sbatch --parsable --array="1-$parts" --output="$folder.parts/%a.log" "${of_sbatch[@]}" \
  "$here/part.sbatch" "$sweep" "$folder" "$parts" "$@")
# --array=1-16%4, which limits the parts at one time, does not apply to the merge.
of_merge=()
for option in "${of_sbatch[@]}"; do case $option in --array=*) ;; *) of_merge+=("$option") ;; esac; done
sbatch --dependency="afterany:$array" --output="$folder.parts/merge.log" "${of_merge[@]}" "$here/merge.sbatch" "$folder"
