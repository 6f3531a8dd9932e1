#!/usr/bin/env bash
# Makes the certificates of the TLS tests in a folder: make_certificates.sh FOLDER
# Keys are P-256 where nothing else is said. Everything is new each time; nothing of it is secret.
set -euo pipefail
mkdir -p "$1"
cd "$1"

cat >openssl.cnf <<'TEXT'
[req]
distinguished_name = none
string_mask = utf8only
[none]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = keyCertSign,cRLSign
[ca]
default_ca = test
[test]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.crt
private_key = ca.key
default_md = sha256
default_days = 3650
default_crl_days = 3650
policy = any
unique_subject = no
x509_extensions = none
[any]
commonName = optional
[server]
subjectAltName = DNS:localhost,IP:127.0.0.1,IP:::1
[other]
subjectAltName = DNS:*.example.org,DNS:Example.org
[device]
subjectAltName = URI:urn:device:1,DNS:device-1.local,email:device@example.org,IP:10.0.0.1
TEXT
: >index.txt
echo 01 >serial

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
authority() { # name
  key "$1"
  openssl req -config openssl.cnf -x509 -new -key "$1.key" -subj "/CN=$1" -days 3650 -extensions authority -out "$1.crt"
}
request() { openssl req -config openssl.cnf -new -utf8 -multivalue-rdn -key "$1.key" -subj "$2" -out "$1.csr"; } # name subject
sign() { # name extensions authority
  openssl x509 -req -in "$1.csr" -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 3650 -extfile openssl.cnf \
    -extensions "$2" -out "$1.crt"
}

authority ca
authority stranger
key server && request server /CN=localhost && sign server server ca
openssl genrsa -out other.key 2048 && request other /CN=other && sign other other ca
key device && request device /CN=device-1 && sign device device ca
key twofold && request twofold /CN=device-1/CN=admin && sign twofold none ca
key foreign && request foreign /CN=device-1 && sign foreign device stranger
openssl ec -in server.key -aes128 -passout pass:open-sesame -out locked.key
openssl pkcs8 -topk8 -in server.key -v2 des3 -passout pass:open-sesame -out locked8.key
openssl pkcs8 -topk8 -in server.key -v2 aes-256-cbc -passout pass:open-sesame -out modern.key

# An authority between: device <- middle <- ca.
key middle && request middle /CN=middle && sign middle authority ca
key chained && request chained /CN=chained && sign chained none middle
cat middle.crt >>chained.crt

key revoked && request revoked /CN=revoked
openssl ca -config openssl.cnf -batch -notext -in revoked.csr -out revoked.crt
openssl ca -config openssl.cnf -revoke revoked.crt
openssl ca -config openssl.cnf -gencrl -out ca.crl
key expired && request expired /CN=expired
openssl ca -config openssl.cnf -batch -notext -in expired.csr -out expired.crt -startdate 200101000000Z -enddate 200102000000Z

# A zero byte within the name, put there afterwards: it is trusted as it is, no signature is looked at.
key zero
openssl req -config openssl.cnf -x509 -new -key zero.key -subj /CN=adminXevil -days 3650 -outform DER -out zero.plain
LC_ALL=C sed 's/adminXevil/admin\x00evil/g' zero.plain >zero.crt

mkdir -p authorities
cp ca.crt stranger.crt authorities/
printf '# identity:key\r\nsensor:00112233445566778899aabbccddeeff\n\nwith:colon:0a0b\n' >keys.psk
printf 'sensor:0g\n' >broken.psk
printf 'no certificate\n' >broken.crt
: >empty.crt
date >done
