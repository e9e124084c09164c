# The gateway, a worker, and a node of a Ray cluster: one image for all three, as Ray needs the same versions everywhere.
#
#   docker build -t lightbrush .                                     # CPU
#   docker build -t lightbrush:cuda --build-arg VARIANT=cuda .       # NVIDIA GPUs, and every engine's models
#
# docs/deploy.md says how it is run.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS wheel
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:${PYTHON}-slim
ARG VARIANT=cpu
# wget asks for the health, here and for KubeRay; a compiler makes Triton's kernels for the GPU that is found. PyTorch's
# wheel brings CUDA itself, so the machine needs the driver alone.
RUN case "$VARIANT" in \
        cpu) packages="wget" ;; \
        cuda) packages="wget gcc libc6-dev" ;; \
        *) echo "VARIANT is cpu or cuda, not $VARIANT" >&2; exit 1 ;; \
    esac \
    && apt-get update \
    && apt-get install -y --no-install-recommends $packages \
    && rm -rf /var/lib/apt/lists/*
COPY --from=wheel /wheels /wheels
COPY constraints.txt /wheels/
# ray[default]: the dashboard, which KubeRay's probes ask, and the autoscaler.
RUN case "$VARIANT" in cpu) extras="enhance,ray" ;; cuda) extras="enhance,images,ray,video" ;; esac \
    && pip install --no-cache-dir --constraint /wheels/constraints.txt \
        "$(ls /wheels/lightbrush-*.whl)[$extras]" "ray[default]" \
    && rm -rf /wheels
RUN useradd --create-home --uid 1000 lightbrush && install -d -o lightbrush /models /data
USER lightbrush
WORKDIR /home/lightbrush
ENV LIGHTBRUSH_MODELS_FOLDER=/models \
    LIGHTBRUSH_DATA_FOLDER=/data \
    RAY_USAGE_STATS_ENABLED=0 \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility
VOLUME /models /data
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:7860/healthz"]
ENTRYPOINT ["lightbrush"]
CMD ["serve", "--host", "0.0.0.0"]
