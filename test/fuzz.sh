#!/usr/bin/env bash
# Runs every fuzz target of this module, each for a time (60s).
#
#   test/fuzz.sh [TIME]
set -euo pipefail
cd "$(dirname "$0")/.."

time=${1:-60s}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Inputs that reach new code are made smaller, for a minute each if one lets it: the time is for new ones.
for package in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r dirname | sort -u); do
    for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
        echo "$target in $package, $time"
        if ! go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 2s "$package" | tee "$log"; then
            # When the time is over, go sometimes takes its own deadline for a failure. One that it found has an input.
            if grep -q 'Failing input' "$log" || ! grep -q '^ *context deadline exceeded$' "$log"; then
                exit 1
            fi
            echo "ok: $target found nothing until its time was over"
        fi
    done
done
