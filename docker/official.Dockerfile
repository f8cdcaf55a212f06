# es-entrypoint over an official image, or over your own on top of one; all variables of that image keep their meaning.
#
#     docker build -f docker/Dockerfile -t es-entrypoint .
#     docker build -f docker/official.Dockerfile --build-arg BASE_IMAGE=opensearchproject/opensearch:3.6.0 -t opensearch docker

ARG BASE_IMAGE=docker.elastic.co/elasticsearch/elasticsearch:9.2.0
ARG ENTRYPOINT_IMAGE=es-entrypoint

FROM ${ENTRYPOINT_IMAGE} AS entrypoint

FROM ${BASE_IMAGE}
COPY --from=entrypoint /es-entrypoint /usr/local/bin/es-entrypoint
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["/usr/local/bin/es-entrypoint", "health"]
ENTRYPOINT ["/usr/local/bin/es-entrypoint"]
