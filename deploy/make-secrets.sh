#!/bin/sh
# Makes the secrets of compose.yaml, a folder for each container: make-secrets.sh [folder, default: secrets beside this].
# Nothing is overwritten. The outer folder can be entered by its owner only; the files in it can be read by all, because each
# container reads its own under another user id. `callers` is mounted nowhere.
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
mkdir service postgres prometheus grafana orthanc callers

password() { openssl rand -hex 24; }
# As src/security/keys.ts has it: 256 random bits, known to the service by their SHA-256 only.
key() { # key <id> <scope> <file>: the key into the file, its line into service/keys
  made="ol_$1_$(openssl rand -base64 32 | tr '+/' '-_' | tr -d '=')"
  printf '%s' "$made" > "$3"
  printf '{"id":"%s","sha256":"%s","scopes":["%s"]}\n' "$1" "$(printf '%s' "$made" | sha256sum | cut -d' ' -f1)" "$2" >> service/keys
}

key metrics metrics prometheus/metrics_key
key first submit callers/first_key
key operator pacs callers/pacs_key
key orthanc hint orthanc/hint_key
postgres=$(password)
printf '%s' "$postgres" > postgres/password
printf 'postgres://onelabel:%s@postgres:5432/onelabel' "$postgres" > service/database_url
password > grafana/admin_password
orthanc=$(password)
printf '%s' "$orthanc" > service/orthanc_password
printf '{"RegisteredUsers":{"onelabel":"%s"}}\n' "$orthanc" > orthanc/users.json
