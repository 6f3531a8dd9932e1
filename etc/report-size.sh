#!/usr/bin/env bash
# Prints what the stripped program of each build folder weighs, and checks that it carries its C++ run time inside and that no
# library there uses iostream or locale.
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
  if readelf -d "$folder/nanomq" | grep -E 'NEEDED.*lib(stdc\+\+|gcc_s|spdlog|fmt)\.'; then
    echo "report-size: $folder/nanomq wants a C++ run time that a small box may not have" >&2
    exit 1
  fi
  mapfile -t libraries < <(find "$folder" -name 'libnano*.a' ! -name libnanomq_program.a | sort)
  if [ ${#libraries[@]} -eq 0 ]; then
    echo "report-size: no library in $folder" >&2
    exit 1
  fi
  "$here/check-library-symbols.sh" "${libraries[@]}"
done
echo "libraries  neither iostream nor locale"
