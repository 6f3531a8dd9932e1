#!/usr/bin/env bash
# Fails when a static library refers to iostream or locale: they cost some 200 KB and start-up code in a static build.
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: etc/check-library-symbols.sh <library.a>..." >&2
  exit 2
fi
# gcc-nm also reads objects that wait for link-time optimisation.
nm=$(command -v gcc-nm || command -v nm)
forbidden='std::(__cxx11::)?(ios_base|locale|use_facet|has_facet|ctype|num_put|num_get|[iow]*stream\b|w?(cout|cerr|clog|cin)\b'
forbidden+='|basic_(ios|i?o?stream|i?o?stringstream|i?o?fstream|streambuf|stringbuf|filebuf))|\b(setlocale|newlocale|uselocale)\b'

failed=no
for library in "$@"; do
  symbols=$("$nm" -C "$library" 2>/dev/null)
  if [ -z "$symbols" ]; then
    echo "check-library-symbols: $library: no symbols to read" >&2
    failed=yes
  elif found=$(grep -E "$forbidden" <<<"$symbols"); then
    echo "check-library-symbols: $library uses iostream or locale:" >&2
    sort -u <<<"$found" | head -n 20 >&2
    failed=yes
  fi
done
[ "$failed" = no ]
