#!/usr/bin/env bash
# Independent programs that some tests compare us to, from Debian. Without them those tests skip and say so.
#   nibabel     reads NIfTI (python3-nibabel)
#   promtool    checks metrics (prometheus)
#   nginx       stands before the service (nginx); tests start servers of their own
#   PostgreSQL  keeps jobs of several machines (postgresql); tests start clusters of their own
#   dcmtk, dicom3tools, dcm2niix, GDCM  read, check, convert and rewrite DICOM
#   Orthanc     a PACS (orthanc, orthanc-dicomweb); tests start one of their own
#   pydicom, highdicom  read and write DICOM, SEG and SR; from PyPI, in an environment of their own
#   onnx        checks ONNX files; beside them
#   @itk-wasm/dicom  dcmqi's reader of segmentations; from npm, beside them
#   Redocly, Spectral  look through openapi.yaml (83 MB); from npm, beside them
#   poppler     reads PDF (poppler-utils)
#   OHIF        shows studies in a browser (@ohif/app, 50 MB; chromium); from npm, beside them
#   SwiftShader a Vulkan driver without a GPU, for the WebGPU provider (chromium)
# With --bench, also what the Python service of `npm run bench:peer` imports, on PyPI, and what people read tables with:
#   R           (r-base-core, 43 MB)
#   pandas      from PyPI
# Without it what needs them skips.
set -u
wanted="${1:-}"
packages=()
/usr/bin/python3 -c 'import nibabel' 2>/dev/null || packages+=(python3-nibabel)
command -v promtool >/dev/null || packages+=(prometheus)
[ -e /usr/sbin/nginx ] || packages+=(nginx)
[ -e /usr/lib/chromium/vk_swiftshader_icd.json ] || packages+=(chromium)
command -v dcmdump >/dev/null || packages+=(dcmtk)
command -v dciodvfy >/dev/null || packages+=(dicom3tools)
command -v pdftotext >/dev/null || packages+=(poppler-utils)
command -v dcm2niix >/dev/null || packages+=(dcm2niix)
command -v gdcmconv >/dev/null || packages+=(libgdcm-tools)
[ -e /usr/sbin/Orthanc ] || packages+=(orthanc)
compgen -G '/usr/share/orthanc/plugins/libOrthancDicomWeb*' >/dev/null || packages+=(orthanc-dicomweb)
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || packages+=(postgresql)
[ "$wanted" != --bench ] || command -v Rscript >/dev/null || packages+=(r-base-core)
install_from_pypi() {
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}"
  "$folder/bin/python" -c 'import pydicom, highdicom, pynetdicom, onnx' 2>/dev/null && return
  /usr/bin/python3 -m venv "$folder" && "$folder/bin/pip" install -q pydicom==3.0.2 highdicom==0.28.2 pynetdicom onnx==1.23.2 \
    || echo "could not install pydicom, highdicom and onnx in $folder; the tests that use them will skip"
}
install_dcmqi() {
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}"
  [ -e "$folder/node_modules/@itk-wasm/dicom" ] && return
  npm install --prefix "$folder" --no-audit --no-fund --loglevel error @itk-wasm/dicom@7.6.4 >/dev/null \
    || echo "could not install @itk-wasm/dicom in $folder; the test that uses it will skip"
}
install_openapi_linters() {
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}"
  [ -e "$folder/node_modules/.bin/redocly" ] && [ -e "$folder/node_modules/.bin/spectral" ] && return
  npm install --prefix "$folder" --no-audit --no-fund --loglevel error --ignore-scripts \
    @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3 >/dev/null \
    || echo "could not install the linters of OpenAPI in $folder; the test that uses them will skip"
}
# onnxruntime of the version that we run, so that both sides compute with the same one.
install_bench() {
  [ "$wanted" = --bench ] || return 0
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}" here version
  here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
  version="$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' "$here/node_modules/onnxruntime-node/package.json")"
  "$folder/bin/python" -c "import fastapi, uvicorn, nibabel, scipy, onnxruntime as o; assert o.__version__ == '$version'" 2>/dev/null && return
  "$folder/bin/pip" install -q fastapi uvicorn nibabel scipy "onnxruntime==$version" \
    || echo "could not install the peer's packages in $folder; npm run bench:peer will skip"
}
install_pandas() {
  [ "$wanted" = --bench ] || return 0
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}"
  "$folder/bin/python" -c 'import pandas' 2>/dev/null && return
  "$folder/bin/pip" install -q pandas==2.3.3 || echo "could not install pandas in $folder; the test that uses it will skip"
}
# Without what it depends on: all of it is in its bundle.
install_ohif() {
  local folder="${ONELABEL_PEERS:-$HOME/.cache/onelabel-peers}/ohif"
  [ -e "$folder/package/dist" ] && return
  mkdir -p "$folder" && npm pack --silent --pack-destination "$folder" @ohif/app@3.12.10 >/dev/null \
    && tar xzf "$folder/ohif-app-3.12.10.tgz" -C "$folder" && rm "$folder/ohif-app-3.12.10.tgz" \
    || echo "could not install @ohif/app in $folder; the test that uses it will skip"
}
if [ ${#packages[@]} -eq 0 ]; then install_from_pypi; install_dcmqi; install_openapi_linters; install_ohif; install_bench; install_pandas; exit 0; fi
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
install_from_pypi
install_dcmqi
install_openapi_linters
install_ohif
install_bench
install_pandas
exit 0
