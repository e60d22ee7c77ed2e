#!/usr/bin/env bash
# Looks for known vulnerabilities in what the modules use and how, in the Go project's database (GOVULNDB).
#
#   test/vulncheck.sh GOVULNCHECK [--if-reachable] FOLDER...
#
# Without the database nothing can be said, which is a failure, or, with --if-reachable, is said plainly.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=$1
shift
optional=false
if [ "${1:-}" = --if-reachable ]; then
    optional=true
    shift
fi
db=${GOVULNDB:-https://vuln.go.dev}
if ! curl --fail --silent --show-error --output /dev/null --max-time 20 "$db/index/db.json"; then
    echo "vulncheck: NOT CHECKED for known vulnerabilities: $db is out of reach" >&2
    $optional
    exit
fi
for module in "$@"; do
    echo "govulncheck in $module"
    (cd "$module" && go run "$tool" -db "$db" ./...)
done
