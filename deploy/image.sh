#!/usr/bin/env bash
# Builds the container image and saves it as build/image.tar, which
# `docker load`, `podman load`, `ctr images import` and
# `kind load image-archive` take.
#
#   deploy/image.sh NAME:TAG
#
# With Docker or Podman running, the Dockerfile is built as it is. Without
# either, buildah builds its last stage alone: build/coredns and this machine's
# certificates stand in for the first, so nothing is pulled from a registry.
set -euo pipefail
cd "$(dirname "$0")/.."

image=${1:?usage: image.sh NAME:TAG}
archive=build/image.tar
mkdir -p build
rm -f "$archive"

for engine in docker podman; do
    if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
        echo "building $image with $engine"
        "$engine" build -t "$image" .
        "$engine" save -o "$archive" "$image"
        echo "built $image, saved as $archive"
        exit
    fi
done

echo "no container engine runs: building $image with buildah"
if ! command -v buildah >/dev/null || ! command -v setcap >/dev/null; then
    echo "image.sh: needs docker or podman running, or buildah and setcap (Debian: apt-get install buildah libcap2-bin)" >&2
    exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What the Dockerfile's first stage would hold, at the paths it copies from.
stage=$scratch/stage
install -D -m 0755 build/coredns "$stage/src/build/coredns"
install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$stage/etc/ssl/certs/ca-certificates.crt"
setcap cap_net_bind_service=+ep "$stage/src/build/coredns"

store=(--storage-driver vfs --root "$scratch/root" --runroot "$scratch/run")
buildah "${store[@]}" build --isolation chroot --build-context "build=$stage" -t "$image" .
buildah "${store[@]}" push "$image" "docker-archive:$archive:$image"
echo "built $image, saved as $archive"
