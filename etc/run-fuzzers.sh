#!/usr/bin/env bash
# Runs every libFuzzer program in a folder, one after the other, each for its share of the time, starting from its corpus.
# FUZZ_SEED: the same inputs each time (0, the default: others each time).
# New finds go to build/fuzz/corpus/<name>, crashes to build/fuzz/crashes/<name>-…; the first crash ends the run.
set -euo pipefail

if [ $# -ne 3 ]; then
  echo "usage: etc/run-fuzzers.sh <folder of programs> <folder of corpora> <seconds in total>" >&2
  exit 2
fi
programs=$1 corpora=$2 seconds=$3

targets=()
for file in "$programs"/fuzz_*; do
  [ -f "$file" ] && [ -x "$file" ] && targets+=("$file")
done
if [ ${#targets[@]} -eq 0 ]; then
  echo "run-fuzzers: no program named fuzz_* in $programs" >&2
  exit 1
fi

share=$((seconds / ${#targets[@]}))
[ "$share" -ge 1 ] || share=1
work=$(dirname "$programs")
mkdir -p "$work/crashes"
for target in "${targets[@]}"; do
  name=$(basename "$target")
  found=$work/corpus/$name
  mkdir -p "$found"
  seeds=()
  for folder in "$corpora/$name" "$corpora/${name#fuzz_}"; do
    [ -d "$folder" ] && seeds+=("$folder")
  done
  echo "run-fuzzers: $name for $share s"
  log=$work/$name.log
  if ! "$target" -seed="${FUZZ_SEED:-0}" -max_total_time="$share" -rss_limit_mb=2048 -timeout=60 -print_final_stats=1 \
    -artifact_prefix="$work/crashes/$name-" "$found" "${seeds[@]}" >"$log" 2>&1; then
    tail -n 60 "$log"
    echo "run-fuzzers: $name FAILED; its input is in $work/crashes, the log in $log" >&2
    exit 1
  fi
  grep -E '^stat::(number_of_executed_units|average_exec_per_sec)' "$log" | sed 's/^stat::/  /'
done
