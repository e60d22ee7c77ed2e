#!/usr/bin/env bash
# Compares the Go benchmarks of the working tree with those of a commit:
# rounds in turns, so that a busy minute of the machine meets both, and
# benchstat. It reports; that something takes longer is no failure.
#
#   test/benchcmp.sh COMMIT [ROUNDS [TIME]]
set -euo pipefail
cd "$(dirname "$0")/.."

commit=${1:?want a commit to compare with}
rounds=${2:-6}
time=${3:-100ms}
benchstat=golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

out=$PWD/build/benchcmp
rm -rf "$out"
mkdir -p "$out"
git worktree prune
git worktree add --quiet --detach "$out/tree" "$commit"
trap 'git worktree remove --force "$out/tree"' EXIT

# run FOLDER FILE: one round. A package that does not build is left out.
run() {
    (cd "$1" && go test -run '^$' -bench . -benchmem -benchtime "$time" ./...) >>"$out/$2" 2>>"$out/$2.err" || true
}

for ((i = 0; i < rounds; i++)); do
    run "$out/tree" before
    run . after
done
cd "$out"
go run "$benchstat" before after
