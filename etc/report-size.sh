#!/usr/bin/env bash
# Prints what the stripped program of each build folder weighs, and checks that no library there uses iostream or locale.
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: etc/report-size.sh <build folder>..." >&2
  exit 2
fi
here=$(dirname "$0")
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT

for folder in "$@"; do
  strip -o "$stripped" "$folder/nanomq"
  printf '%-10s %9d bytes stripped\n' "$(basename "$folder")" "$(stat -c %s "$stripped")"
done
for folder in "$@"; do
  mapfile -t libraries < <(find "$folder" -name 'libnano*.a' | sort)
  if [ ${#libraries[@]} -eq 0 ]; then
    echo "report-size: no library in $folder" >&2
    exit 1
  fi
  "$here/check-library-symbols.sh" "${libraries[@]}"
done
echo "libraries  neither iostream nor locale"
