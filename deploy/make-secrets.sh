#!/bin/sh
# Makes the secrets of compose.yaml, each in a file of its own: make-secrets.sh [folder, default: secrets beside this].
# Nothing is overwritten. The folder can be entered by its owner only; the files in it can be read by all, because each
# container reads its own under another user id.
set -eu
umask 022
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"
if [ -n "$(ls)" ]; then
  echo "there are secrets already; remove them first" >&2
  exit 1
fi

password() { openssl rand -hex 24; }
# As src/security/keys.ts has it: 256 random bits, known to the service by their SHA-256 only.
key() { # key <id> <scope>: the key into onelabel_<id>_key, its line into onelabel_keys
  made="ol_$1_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')"
  printf '%s' "$made" > "onelabel_$1_key"
  printf '{"id":"%s","sha256":"%s","scopes":["%s"]}\n' "$1" "$(printf '%s' "$made" | sha256sum | cut -d' ' -f1)" "$2" >> onelabel_keys
}

key metrics metrics
key first submit
postgres=$(password)
printf '%s' "$postgres" > postgres_password
printf 'postgres://onelabel:%s@postgres:5432/onelabel' "$postgres" > database_url
password > grafana_admin_password
printf '{"RegisteredUsers":{"onelabel":"%s"}}\n' "$(password)" > orthanc_users.json
