# bash completion for nanomq. Made by: nanomq completion bash
_nanomq() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb=''
  COMPREPLY=()
  if ((COMP_CWORD > 1)); then verb=${COMP_WORDS[1]}; fi
  case $verb in
    broker|trace|bench|cert|completion|man|store|acl)
      if ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[2]} != -* ]]; then verb+=" ${COMP_WORDS[2]}"; fi ;;
  esac
  case $verb in
    '') mapfile -t COMPREPLY < <(compgen -W 'broker start stop reload status restart trace pub sub conn bench doctor cert nngproxy nngcat completion man store passwd acl convert --help --version' -- "$cur") ;;
    'broker')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'start stop reload status restart check clients disconnect ban log trace --help' -- "$cur") ;;
    'broker start')
      case $prev in
        --url) :; return ;;
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
        --shards) :; return ;;
        --poller) :; return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cacert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --log-level) :; return ;;
        --log-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-d --daemon --url --conf --set --shards --poller --allow-anonymous --cert --key --cacert --verify --fail --pid-file --log-level --log-file --syslog --print-config --help' -- "$cur") ;;
    'broker stop')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --help' -- "$cur") ;;
    'broker reload')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'broker status')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'broker restart')
      case $prev in
        --url) :; return ;;
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
        --shards) :; return ;;
        --poller) :; return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cacert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --log-level) :; return ;;
        --log-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-d --daemon --url --conf --set --shards --poller --allow-anonymous --cert --key --cacert --verify --fail --pid-file --log-level --log-file --syslog --print-config --help' -- "$cur") ;;
    'broker check')
      case $prev in
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--conf --set --strict --json --help' -- "$cur") ;;
    'broker clients')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
        --limit) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --limit --all --help' -- "$cur") ;;
    'broker disconnect')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'broker ban')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'add remove list --help' -- "$cur") ;;
    'broker ban add')
      case $prev in
        --client-id) :; return ;;
        --user) :; return ;;
        --address) :; return ;;
        --for) :; return ;;
        --until) :; return ;;
        --reason) :; return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--client-id --user --address --for --until --reason --pid-file --control --json --help' -- "$cur") ;;
    'broker ban remove')
      case $prev in
        --client-id) :; return ;;
        --user) :; return ;;
        --address) :; return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--client-id --user --address --pid-file --control --json --help' -- "$cur") ;;
    'broker ban list')
      case $prev in
        --limit) :; return ;;
        --offset) :; return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--limit --offset --pid-file --control --json --help' -- "$cur") ;;
    'broker log')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'broker trace')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'start stop list --help' -- "$cur") ;;
    'broker trace start')
      case $prev in
        --client) :; return ;;
        --topic) :; return ;;
        --address) :; return ;;
        --name) :; return ;;
        --file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --for) :; return ;;
        --size) :; return ;;
        --payload) :; return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--client --topic --address --name --file --for --size --payload --pid-file --control --json --help' -- "$cur") ;;
    'broker trace stop')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'broker trace list')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'start')
      case $prev in
        --url) :; return ;;
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
        --shards) :; return ;;
        --poller) :; return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cacert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --log-level) :; return ;;
        --log-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-d --daemon --url --conf --set --shards --poller --allow-anonymous --cert --key --cacert --verify --fail --pid-file --log-level --log-file --syslog --print-config --help' -- "$cur") ;;
    'stop')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --help' -- "$cur") ;;
    'reload')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'status')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'restart')
      case $prev in
        --url) :; return ;;
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
        --shards) :; return ;;
        --poller) :; return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cacert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --log-level) :; return ;;
        --log-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-d --daemon --url --conf --set --shards --poller --allow-anonymous --cert --key --cacert --verify --fail --pid-file --log-level --log-file --syslog --print-config --help' -- "$cur") ;;
    'trace')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'start stop list --help' -- "$cur") ;;
    'trace start')
      case $prev in
        --client) :; return ;;
        --topic) :; return ;;
        --address) :; return ;;
        --name) :; return ;;
        --file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --for) :; return ;;
        --size) :; return ;;
        --payload) :; return ;;
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--client --topic --address --name --file --for --size --payload --pid-file --control --json --help' -- "$cur") ;;
    'trace stop')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'trace list')
      case $prev in
        --pid-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --control) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--pid-file --control --json --help' -- "$cur") ;;
    'pub')
      case $prev in
        -t|--topic) :; return ;;
        -m|--message) :; return ;;
        -f|--file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --repeat) :; return ;;
        --repeat-delay) :; return ;;
        --limit) :; return ;;
        --interval) :; return ;;
        -C|--count) :; return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        -L|--url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        -i|--id) :; return ;;
        -I|--id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -k|--keepalive) :; return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-t --topic -m --message -f --file -l --stdin-line -s --stdin-file -n --null-message -q --qos -r --retain --repeat --repeat-delay --limit --interval -C --count -h --host -p --port -L --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method -i --id -I --id-prefix -V --protocol-version -k --keepalive -c --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls -d --debug --quiet -o --help' -- "$cur") ;;
    'sub')
      case $prev in
        -t|--topic) :; return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        -U|--unsubscribe) :; return ;;
        --retain-handling) mapfile -t COMPREPLY < <(compgen -W 'always new never' -- "$cur"); return ;;
        -T|--filter-out) :; return ;;
        --random-filter) :; return ;;
        -C) :; return ;;
        -W) :; return ;;
        -F) :; return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        -L|--url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        -i|--id) :; return ;;
        -I|--id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -k|--keepalive) :; return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-t --topic -q --qos -U --unsubscribe --retain-handling --retain-as-published -T --filter-out -R --retained-only --remove-retained --random-filter -C -W -E -v --verbose -F --json --pretty -N -w --watch --message-rate -h --host -p --port -L --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method -i --id -I --id-prefix -V --protocol-version -k --keepalive -c --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls -d --debug --quiet -o --help' -- "$cur") ;;
    'conn')
      case $prev in
        -C|--count) :; return ;;
        --startnumber) :; return ;;
        --interval) :; return ;;
        --rate) :; return ;;
        --ramp) :; return ;;
        --ifaddr) :; return ;;
        --threads) :; return ;;
        -k|--keepalive) :; return ;;
        --duration) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        -L|--url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        -i|--id) :; return ;;
        -I|--id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-C --count --startnumber --interval --rate --ramp --reconnect --ifaddr --threads -k --keepalive --duration --json --quiet -o -h --host -p --port -L --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method -i --id -I --id-prefix -V --protocol-version -c --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'bench')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'pub sub conn roundtrip --help' -- "$cur") ;;
    'bench pub')
      case $prev in
        -c|--count) :; return ;;
        -n|--startnumber) :; return ;;
        -i|--interval) :; return ;;
        -R|--connrate) :; return ;;
        --ifaddr) :; return ;;
        --threads) :; return ;;
        --prefix) :; return ;;
        -C|--clean) :; return ;;
        -k|--keepalive) :; return ;;
        -t|--topic) :; return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        -s|--size) :; return ;;
        -m|--message) :; return ;;
        -f|--file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -r|--retain) :; return ;;
        -I|--interval_of_msg) :; return ;;
        --rate) :; return ;;
        -F|--inflight) :; return ;;
        -w|--wait-before-publishing) :; return ;;
        -L|--limit) :; return ;;
        --warm-up) :; return ;;
        --duration) :; return ;;
        --patience) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        --url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        --id) :; return ;;
        --id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-c --count -n --startnumber -i --interval -R --connrate --reconnect --ifaddr --threads --prefix -C --clean -k --keepalive -t --topic -q --qos -s --size -m --message -f --file -r --retain -I --interval_of_msg --rate -F --inflight -w --wait-before-publishing -L --limit --warm-up --duration --patience --json --quiet -o -h --host -p --port --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method --id --id-prefix -V --protocol-version --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'bench sub')
      case $prev in
        -c|--count) :; return ;;
        -n|--startnumber) :; return ;;
        -i|--interval) :; return ;;
        -R|--connrate) :; return ;;
        --ifaddr) :; return ;;
        --threads) :; return ;;
        --prefix) :; return ;;
        -C|--clean) :; return ;;
        -k|--keepalive) :; return ;;
        -t|--topic) :; return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        -L|--limit) :; return ;;
        --warm-up) :; return ;;
        --duration) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        --url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        --id) :; return ;;
        -I|--id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-c --count -n --startnumber -i --interval -R --connrate --reconnect --ifaddr --threads --prefix -C --clean -k --keepalive -t --topic -q --qos -L --limit --warm-up --duration --json --quiet -o -h --host -p --port --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method --id -I --id-prefix -V --protocol-version --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'bench conn')
      case $prev in
        -c|--count) :; return ;;
        -n|--startnumber) :; return ;;
        -i|--interval) :; return ;;
        -R|--connrate) :; return ;;
        --ifaddr) :; return ;;
        --threads) :; return ;;
        --prefix) :; return ;;
        -C|--clean) :; return ;;
        -k|--keepalive) :; return ;;
        --duration) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        -L|--url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        --id) :; return ;;
        -I|--id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-c --count -n --startnumber -i --interval -R --connrate --reconnect --ifaddr --threads --prefix -C --clean -k --keepalive --duration --json --quiet -o -h --host -p --port -L --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method --id -I --id-prefix -V --protocol-version --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'bench roundtrip')
      case $prev in
        -c|--count) :; return ;;
        -n|--startnumber) :; return ;;
        -i|--interval) :; return ;;
        -R|--connrate) :; return ;;
        --ifaddr) :; return ;;
        --threads) :; return ;;
        --prefix) :; return ;;
        -C|--clean) :; return ;;
        -k|--keepalive) :; return ;;
        -t|--topic) :; return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        -s|--size) :; return ;;
        --sub-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --pattern) mapfile -t COMPREPLY < <(compgen -W 'pairs fan-in fan-out' -- "$cur"); return ;;
        -I|--interval_of_msg) :; return ;;
        --rate) :; return ;;
        -F|--inflight) :; return ;;
        -L|--limit) :; return ;;
        --warm-up) :; return ;;
        --duration) :; return ;;
        --patience) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        --url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        --id) :; return ;;
        --id-prefix) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-c --count -n --startnumber -i --interval -R --connrate --reconnect --ifaddr --threads --prefix -C --clean -k --keepalive -t --topic -q --qos -s --size --sub-qos --pattern -I --interval_of_msg --rate -F --inflight -L --limit --warm-up --duration --patience --json --quiet -o -h --host -p --port --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method --id --id-prefix -V --protocol-version --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'doctor')
      case $prev in
        --prefix) :; return ;;
        --timeout) :; return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -h|--host) :; return ;;
        -p|--port) :; return ;;
        -L|--url) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--deep --prefix --timeout --json -o -h --host -p --port -L --url --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --help' -- "$cur") ;;
    'cert')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'ca server client show --help' -- "$cur") ;;
    'cert ca')
      case $prev in
        --name) :; return ;;
        --days) :; return ;;
        --dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --file) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--name --days --dir --file --force --help' -- "$cur") ;;
    'cert server')
      case $prev in
        --name) :; return ;;
        --address) :; return ;;
        --days) :; return ;;
        --ca) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --ca-key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --file) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--name --address --days --ca --ca-key --dir --file --force --help' -- "$cur") ;;
    'cert client')
      case $prev in
        --name) :; return ;;
        --days) :; return ;;
        --ca) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --ca-key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --file) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--name --days --ca --ca-key --dir --file --force --help' -- "$cur") ;;
    'cert show')
      case $prev in
        --within) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--within --help' -- "$cur") ;;
    'nngproxy')
      case $prev in
        -l|--listen) :; return ;;
        -d|--dial) :; return ;;
        --redial) :; return ;;
        --frame) mapfile -t COMPREPLY < <(compgen -W 'payload topic' -- "$cur"); return ;;
        --delimiter) :; return ;;
        --subscribe) :; return ;;
        --sp-cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --sp-certkey) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -t|--topic) :; return ;;
        --to) :; return ;;
        --sp-topic) :; return ;;
        --mqtt-prefix) :; return ;;
        --mqtt-suffix) :; return ;;
        --sp-prefix) :; return ;;
        --sp-suffix) :; return ;;
        -q|--qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --max-size) :; return ;;
        --timeout) :; return ;;
        --outstanding) :; return ;;
        --stats) :; return ;;
        --mqtt_url|--url) :; return ;;
        -L) :; return ;;
        -p|--password) :; return ;;
        -I|--identifier) :; return ;;
        -c|--clean_session) :; return ;;
        -V|--protocol-version) mapfile -t COMPREPLY < <(compgen -W 'mqttv5 mqttv311 mqttv31' -- "$cur"); return ;;
        -h|--host) :; return ;;
        --port) :; return ;;
        --unix) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -A) :; return ;;
        --ws-path) :; return ;;
        --ws-origin) :; return ;;
        --ws-header) :; return ;;
        --proxy) :; return ;;
        -u|--username) :; return ;;
        -P|--pw) :; return ;;
        --auth-method) :; return ;;
        -i|--id) :; return ;;
        --id-prefix) :; return ;;
        -k|--keepalive) :; return ;;
        -x) :; return ;;
        -M) :; return ;;
        -D|--property) :; return ;;
        --will-topic) :; return ;;
        --will-payload) :; return ;;
        --will-qos) mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur"); return ;;
        --cafile) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --capath) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --crl) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --keypass) :; return ;;
        --tls-server-name) :; return ;;
        --keyform) mapfile -t COMPREPLY < <(compgen -W 'pem' -- "$cur"); return ;;
        --ciphers) :; return ;;
        --tls-version) mapfile -t COMPREPLY < <(compgen -W 'tlsv1.2 tlsv1.1 tlsv1' -- "$cur"); return ;;
        --tls-alpn) :; return ;;
        --tls-engine) :; return ;;
        --tls-engine-kpass-sha1) :; return ;;
        --psk) :; return ;;
        --psk-identity) :; return ;;
        --tls-keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -o) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-l --listen -d --dial --redial --frame --delimiter --subscribe --sp-cafile --sp-certkey -t --topic --to --sp-topic --mqtt-prefix --mqtt-suffix --sp-prefix --sp-suffix -q --qos -r --retain --max-size -R --no-retained --timeout --outstanding --stats -v --verbose --mqtt_url --url -L -p --password -I --identifier -c --clean_session -V --protocol-version -h --host --port --unix -A --ws --ws-path --ws-origin --ws-header --proxy --nodelay -u --username -P --pw --auth-method -i --id --id-prefix -k --keepalive --disable-clean-session -x -M -D --property --will-topic --will-payload --will-qos --will-retain --cafile --capath --crl --cert --key --keypass --tls-server-name --keyform --insecure --ciphers --tls-version --tls-alpn --tls-use-os-certs --tls-engine --tls-engine-kpass-sha1 --psk --psk-identity --tls-keylog --no-tls --debug --quiet -o --help' -- "$cur") ;;
    'nngcat')
      case $prev in
        --dial|--connect) :; return ;;
        --listen|--bind) :; return ;;
        -l|--connect-local) :; return ;;
        -L|--bind-local) :; return ;;
        -x|--connect-ipc) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -X|--bind-ipc) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -D|--data) :; return ;;
        -F|--file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -d|--delay) :; return ;;
        -i|--interval) :; return ;;
        --format) mapfile -t COMPREPLY < <(compgen -W 'no ascii hex msgpack quoted raw' -- "$cur"); return ;;
        --subscribe) :; return ;;
        -Z|--recv-maxsz) :; return ;;
        -C|--count) :; return ;;
        --recv-timeout|--receive-timeout) :; return ;;
        --send-timeout) :; return ;;
        --socket-name) :; return ;;
        --cacert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        -E|--cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--req0 --req --rep0 --rep --pub0 --pub --sub0 --sub --push0 --push --pull0 --pull --surveyor0 --surveyor --respondent0 --respondent --bus0 --bus --pair0 --pair1 --pair --dial --connect --listen --bind -l --connect-local -L --bind-local -x --connect-ipc -X --bind-ipc -D --data -F --file -d --delay -i --interval --format -A --ascii -Q --quoted --hex --msgpack --raw --subscribe -Z --recv-maxsz -C --count --recv-timeout --receive-timeout --send-timeout --async --compat --socket-name -v --verbose -q --silent --cacert -E --cert --key -k --insecure --help' -- "$cur") ;;
    'completion')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish --help' -- "$cur") ;;
    'completion bash')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'completion zsh')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'completion fish')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'pub sub conn bench doctor cert nngproxy nngcat acl broker convert nanomq passwd store --help' -- "$cur") ;;
    'man pub')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man sub')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man conn')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man bench')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man doctor')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man cert')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man nngproxy')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man nngcat')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man acl')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man broker')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man convert')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man nanomq')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man passwd')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'man store')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'store')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'info dump check compact --help' -- "$cur") ;;
    'store info')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'store dump')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--no-payloads --help' -- "$cur") ;;
    'store check')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'store compact')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W '--help' -- "$cur") ;;
    'passwd')
      case $prev in
        --iterations) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-c --create -D --delete -b --batch --verify --scram --iterations --help' -- "$cur") ;;
    'acl')
      case $prev in
      esac
      mapfile -t COMPREPLY < <(compgen -W 'explain --help' -- "$cur") ;;
    'acl explain')
      case $prev in
        --conf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
        --set) :; return ;;
        -u|--user) :; return ;;
        -i|--clientid) :; return ;;
        -a|--address) :; return ;;
        --cert-cn) :; return ;;
        --listener) :; return ;;
        -t|--topic) :; return ;;
        --op) :; return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '--conf --set -u --user -i --clientid -a --address --cert-cn --listener -t --topic --op --no-match-allow --help' -- "$cur") ;;
    'convert')
      case $prev in
        -o|--output) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
      esac
      mapfile -t COMPREPLY < <(compgen -W '-o --output --table --help' -- "$cur") ;;
  esac
}
complete -F _nanomq nanomq
