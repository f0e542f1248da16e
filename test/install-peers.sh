#!/usr/bin/env bash
# Independent programs that some tests compare us to, from Debian. Without them those tests skip and say so.
#   nibabel     reads NIfTI (python3-nibabel)
#   promtool    checks metrics (prometheus)
#   nginx       stands before the service (nginx); tests start servers of their own
#   PostgreSQL  keeps jobs of several machines (postgresql); tests start clusters of their own
#   SwiftShader a Vulkan driver without a GPU, for the WebGPU provider (chromium)
set -u
packages=()
/usr/bin/python3 -c 'import nibabel' 2>/dev/null || packages+=(python3-nibabel)
command -v promtool >/dev/null || packages+=(prometheus)
[ -e /usr/sbin/nginx ] || packages+=(nginx)
[ -e /usr/lib/chromium/vk_swiftshader_icd.json ] || packages+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || packages+=(postgresql)
if [ ${#packages[@]} -eq 0 ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed: ${packages[*]} (needs root and apt-get); the tests that use them will skip"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# Nothing is started by being installed: not nginx on port 80, not Prometheus.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
# No cluster that starts by itself.
if [[ " ${packages[*]} " == *' postgresql '* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
  mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
apt-get update -qq && apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${packages[@]}" >/dev/null \
  || echo "could not install ${packages[*]}; the tests that use them will skip"
exit 0
