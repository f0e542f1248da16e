#!/usr/bin/env bash
# Independent programs that some tests compare us to, from Debian. Without them those tests skip and say so.
#   nibabel     reads NIfTI (python3-nibabel)
#   promtool    checks metrics (prometheus)
#   SwiftShader a Vulkan driver without a GPU, for the WebGPU provider (chromium)
set -u
packages=()
/usr/bin/python3 -c 'import nibabel' 2>/dev/null || packages+=(python3-nibabel)
command -v promtool >/dev/null || packages+=(prometheus)
[ -e /usr/lib/chromium/vk_swiftshader_icd.json ] || packages+=(chromium)
if [ ${#packages[@]} -eq 0 ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed: ${packages[*]} (needs root and apt-get); the tests that use them will skip"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null \
  || echo "could not install ${packages[*]}; the tests that use them will skip"
exit 0
