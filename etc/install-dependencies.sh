#!/usr/bin/env bash
# Installs what is missing for a step of the work from Debian (12 or later), and MQTT.js for the tests from npm.
# Says what it does; says nothing and changes nothing when everything is there.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: etc/install-dependencies.sh [build|test|bench|dev]
  build  what the program needs to be built (the default)
  test   also what the tests and benchmarks need
  bench  also the client libraries that ours is measured beside
  dev    also clang 19 with its tools, for fuzzing, format and tidy
TEXT
}

# package, or package:command where any provider of the command will do.
build_needs=(
  g++:g++ cmake:cmake ninja-build:ninja ccache:ccache make:make
  libnng-dev libmbedtls-dev libcli11-dev libspdlog-dev libsqlite3-dev libargon2-dev
)
test_needs=(
  libgtest-dev libgmock-dev libbenchmark-dev
  mosquitto:mosquitto mosquitto-clients:mosquitto_pub openssl:openssl nng-utils:nngcat nanomsg-utils:nanocat
  python3:python3 python3-paho-mqtt nodejs:node npm:npm chromium:chromium pkgconf:pkg-config mandoc:mandoc
  fish:fish zsh:zsh
  nginx:nginx libnginx-mod-stream haproxy:haproxy
)
bench_needs=(libmosquitto-dev libpaho-mqtt-dev)
dev_needs=(clang-19:clang++-19 clang-tidy-19:clang-tidy-19 clang-format-19:clang-format-19 libclang-rt-19-dev)

case "${1:-build}" in
  build) needs=("${build_needs[@]}") ;;
  test) needs=("${build_needs[@]}" "${test_needs[@]}") ;;
  bench) needs=("${build_needs[@]}" "${test_needs[@]}" "${bench_needs[@]}") ;;
  dev) needs=("${build_needs[@]}" "${test_needs[@]}" "${dev_needs[@]}") ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

say() { echo "install-dependencies: $*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "this needs root, and there is no sudo: run as root: $*" >&2
    return 1
  fi
}

# $1: package or package:command
is_there() {
  local package=${1%%:*} program=${1#*:}
  if [[ "$1" == *:* ]]; then
    PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null
  else
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ]
  fi
}

# While mosquitto, nginx and haproxy are installed, Debian's policy hook keeps their services from being started; afterwards
# they stay disabled. The tests start their own on ports of their own, and `make run` wants 1883. One that was there before
# is left alone.
policy=/usr/sbin/policy-rc.d
policy_is_ours=no
forbid_services() {
  [ -e "$policy" ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  policy_is_ours=yes
}
allow_services() {
  [ "$policy_is_ours" = yes ] || return 0
  as_root rm -f "$policy"
  policy_is_ours=no
}
# $@: packages that have just been installed
leave_services_disabled() {
  local service
  command -v systemctl >/dev/null || return 0
  for service in mosquitto nginx haproxy; do
    case " $* " in *" $service "*) ;; *) continue ;; esac
    as_root systemctl --quiet disable "$service.service" >/dev/null 2>&1 || continue
    say "the system service of $service is left disabled (systemctl enable --now $service starts it)"
  done
}

install_packages() {
  local missing=() need
  for need in "${needs[@]}"; do
    is_there "$need" || missing+=("${need%%:*}")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing with apt: ${missing[*]}"
  trap allow_services EXIT
  forbid_services
  # Mirrors fail for a moment, and another apt may be at work.
  local patient=(-o Acquire::Retries=5 -o DPkg::Lock::Timeout=300)
  as_root apt-get "${patient[@]}" update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${patient[@]}" install -y -qq --no-install-recommends "${missing[@]}"
  allow_services
  leave_services_disabled "${missing[@]}"
}

# MQTT.js as the lock file says, into build/node (NODE_PATH=build/node/node_modules).
install_node_modules() {
  local root from to attempt
  root=$(cd "$(dirname "$0")/.." && pwd)
  from=$root/tests/interop to=$root/build/node
  [ -d "$to/node_modules/mqtt" ] && cmp -s "$from/package-lock.json" "$to/package-lock.json" && return
  say "installing MQTT.js with npm into build/node"
  # The registry fails for a moment. A go that was cut short leaves no lock file behind that would pass for a whole one.
  for attempt in 1 2 3; do
    rm -rf "$to"
    mkdir -p "$to"
    cp "$from/package.json" "$from/package-lock.json" "$to"
    if (cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then return; fi
    say "npm has failed, attempt $attempt of 3" >&2
    sleep $((attempt * 5))
  done
  rm -rf "$to"
  return 1
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  {
    say "this system has no apt. Install the counterparts of these Debian packages:"
    say "  ${needs[*]%%:*}"
    say "then go on with: make DEPENDENCIES=: <target>"
    [ "${1:-build}" = build ] || say "and put MQTT.js in its place: mkdir -p build/node && cp tests/interop/package*.json build/node/ && (cd build/node && npm ci)"
  } >&2
  exit 1
fi
install_packages
[ "${1:-build}" = build ] || install_node_modules
