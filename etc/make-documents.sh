#!/usr/bin/env bash
# Makes the documents anew that the program writes itself: man pages and completions. Each says in its head with which words.
set -euo pipefail

if [ $# -ne 1 ]; then
  echo "usage: etc/make-documents.sh <program>" >&2
  exit 2
fi
program=$(realpath "$1")
cd "$(dirname "$0")/.."
for file in docs/man/*.1 etc/completion/*; do
  words=$(sed -n '1,3s/.*Made by: nanomq //p' "$file")
  [ -z "$words" ] && continue
  # shellcheck disable=SC2086 # several words
  "$program" $words >"$file.new"
  mv "$file.new" "$file"
done
