#!/bin/sh

# Fetches IMAGE_URL to IMAGE; whatever is not IMAGE_SHA256 is removed, so that nothing else is ever exported.

set -eu

mkdir -p "$(dirname "$IMAGE")"
curl --fail --location --silent --show-error --retry 5 --output "$IMAGE" "$IMAGE_URL"
if ! printf '%s  %s\n' "$IMAGE_SHA256" "$IMAGE" | sha256sum --check --quiet -; then
    echo "$IMAGE_URL is not the image that was released: its SHA-256 should be $IMAGE_SHA256" >&2
    rm -f "$IMAGE"
    exit 1
fi
