# syntax=docker/dockerfile:1
#
#   docker build --target cpu  -t onelabel:cpu .
#   docker build --target cuda -t onelabel:cuda .
#   mkdir keys && npx onelabel keys new --id me >> keys/keys.jsonl   # readable by uid 10001
#   docker run --read-only --tmpfs /tmp -v onelabel:/data -v "$PWD/keys:/run/keys:ro" \
#     -e ONELABEL_KEYS_FILE=/run/keys/keys.jsonl -p 127.0.0.1:8080:8080 onelabel:cpu
#   docker run --gpus all …                                  onelabel:cuda
#
# The image listens on all addresses of its container, so it starts only with keys or tokens, or when told that anybody
# may ask (-e ONELABEL_ALLOW_ANONYMOUS=1).
#
# glibc, because onnxruntime has no musl build. Nothing is downloaded at run time. Not root; the only places written
# are /data (uploads and results) and /tmp. ORT_DISABLE_TELEMETRY: since 1.29 onnxruntime's Linux builds send usage events
# to Microsoft and keep a device id under $HOME unless this is set before the library loads (microsoft/onnxruntime#27379).
#
# UNPROVED: written where no Docker was at hand. The steps of the cpu target (production dependencies, pruning,
# starting from them) were run by hand outside of a container; neither image was built, and no CUDA session was made.

# NOT PINNED: a tag can come to mean another image, and where this was written no registry could be asked for the digests.
# Before a release: `deploy/pin-images.sh`, which puts after each tag what
#   docker buildx imagetools inspect node:24-bookworm-slim --format '{{.Manifest.Digest}}'
# says (name:tag@sha256:…, the digest of the index, so for every platform), and commit that. From then on CI can run
# `deploy/pin-images.sh --check`.
ARG NODE_IMAGE=node:24-bookworm-slim
# The CUDA major must be the one that the provider library links to, see the check below. onnxruntime 1.28 and later
# are built with CUDA 13 although their install script still says "cuda12" (microsoft/onnxruntime#29032, #29500), and
# minor versions of cuBLAS and cuDNN have mattered too: pin this once a session was proved with it.
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04
ARG CUDA_MAJOR=13

# ── production dependencies with this platform's binaries ────────────────────────────────────────────────────────────
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional \
 && cd node_modules/onnxruntime-node/bin/napi-v6 \
 && find . -mindepth 2 -maxdepth 2 -type d ! -path "./linux/$(node -p process.arch)" -exec rm -r {} + \
 && find . -mindepth 1 -maxdepth 1 -type d -empty -delete

# ── the same with the CUDA libraries of onnxruntime, from NuGet ──────────────────────────────────────────────────────
FROM dependencies AS dependencies-cuda
ARG CUDA_MAJOR
RUN apt-get update && apt-get install -y --no-install-recommends binutils ca-certificates && rm -rf /var/lib/apt/lists/*
# "cuda12" is the script's only name for its CUDA files, whatever they link to. TensorRT is not used.
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js \
 && cd "node_modules/onnxruntime-node/bin/napi-v6/linux/$(node -p process.arch)" \
 && rm -f libonnxruntime_providers_tensorrt.so \
 && readelf -d libonnxruntime_providers_cuda.so | grep NEEDED > /tmp/needed \
 && cat /tmp/needed \
 && if ! grep -q "libcudart\.so\.${CUDA_MAJOR}" /tmp/needed; then \
      echo "the CUDA provider does not link to CUDA ${CUDA_MAJOR}: change CUDA_IMAGE and CUDA_MAJOR" >&2; exit 1; fi

# ── what is ours ─────────────────────────────────────────────────────────────────────────────────────────────────────
FROM scratch AS sources
COPY package.json openapi.yaml LICENSE /app/
COPY src /app/src
COPY web /app/web
COPY models /app/models

# ── CUDA ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
FROM ${CUDA_IMAGE} AS cuda
COPY --from=dependencies /usr/local/bin/node /usr/local/bin/node
COPY --from=dependencies-cuda /app/node_modules /app/node_modules
COPY --from=sources /app /app
WORKDIR /app
# libcuda.so.1 comes from the host's driver when the container starts.
RUN ldd node_modules/onnxruntime-node/bin/napi-v6/linux/*/libonnxruntime_providers_cuda.so > /tmp/ldd \
 && if grep 'not found' /tmp/ldd | grep -v 'libcuda\.so\.1'; then \
      echo "the CUDA provider misses libraries of this image" >&2; exit 1; fi; rm /tmp/ldd
RUN groupadd --gid 10001 onelabel && useradd --uid 10001 --gid 10001 --no-create-home onelabel \
 && install -d -o 10001 -g 10001 -m 700 /data
ENV NODE_ENV=production ONELABEL_HOST=0.0.0.0 ONELABEL_DATA_DIR=/data ONELABEL_DEVICE=cuda MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const e=process.env,s=(e.ONELABEL_TLS_CERT??'none')!=='none';require(s?'https':'http').get({host:'127.0.0.1',port:e.ONELABEL_PORT??8080,path:'/livez',rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]

# ── CPU (the default target) ─────────────────────────────────────────────────────────────────────────────────────────
FROM ${NODE_IMAGE} AS cpu
COPY --from=dependencies /app/node_modules /app/node_modules
COPY --from=sources /app /app
WORKDIR /app
RUN groupadd --gid 10001 onelabel && useradd --uid 10001 --gid 10001 --no-create-home onelabel \
 && install -d -o 10001 -g 10001 -m 700 /data
ENV NODE_ENV=production ONELABEL_HOST=0.0.0.0 ONELABEL_DATA_DIR=/data ONELABEL_DEVICE=cpu MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "const e=process.env,s=(e.ONELABEL_TLS_CERT??'none')!=='none';require(s?'https':'http').get({host:'127.0.0.1',port:e.ONELABEL_PORT??8080,path:'/livez',rejectUnauthorized:false},r=>process.exit(r.statusCode===200?0:1)).on('error',()=>process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
