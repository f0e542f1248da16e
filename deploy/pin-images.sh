#!/bin/sh
# Pins the base images of the Dockerfile: each gets the digest that its tag has now (tag@sha256:…), to be committed.
#   pin-images.sh [Dockerfile]           asks the registries, through docker with buildx
#   pin-images.sh --check [Dockerfile]   asks nobody; 1 where an image has no digest
set -eu
check=no
if [ "${1:-}" = --check ]; then check=yes; shift; fi
file=${1:-$(dirname "$0")/../Dockerfile}
status=0
for image in $(sed -n 's/^ARG [A-Z]*_IMAGE=//p' "$file"); do
  if [ "$check" = yes ]; then
    case $image in
      *@sha256:*) ;;
      *) echo "$image is not pinned"; status=1 ;;
    esac
    continue
  fi
  tag=${image%@*}
  digest=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}')
  case $digest in
    sha256:*) sed -i "s|^\(ARG [A-Z]*_IMAGE=\)$image\$|\1$tag@$digest|" "$file" ;;
    *) echo "$tag: no digest but $digest" >&2; exit 1 ;;
  esac
done
exit $status
