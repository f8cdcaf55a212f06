# es-entrypoint over an official image, or over your own on top of one. Its variables keep their meaning; docs/official-images.md
# says what is different. For 8.x and 9.x of Elasticsearch, up to 7.x, and OpenSearch:
#
#     docker build -f docker/Dockerfile -t es-entrypoint .
#     docker build -f docker/official.Dockerfile -t elasticsearch docker
#     docker build -f docker/official.Dockerfile -t elasticsearch:7 --build-arg IMAGE_USER=root \
#         --build-arg BASE_IMAGE=docker.elastic.co/elasticsearch/elasticsearch:7.17.29 docker
#     docker build -f docker/official.Dockerfile -t opensearch --build-arg IMAGE_USER=1000 \
#         --build-arg BASE_IMAGE=opensearchproject/opensearch:3.6.0 docker

ARG BASE_IMAGE=docker.elastic.co/elasticsearch/elasticsearch:9.2.0
ARG ENTRYPOINT_IMAGE=es-entrypoint
# Who that image runs as: root up to Elasticsearch 7, 1000 where it is OpenSearch's.
ARG IMAGE_USER=1000:0

FROM ${ENTRYPOINT_IMAGE} AS entrypoint

FROM ${BASE_IMAGE}
ARG IMAGE_USER
COPY --from=entrypoint /es-entrypoint /usr/local/bin/es-entrypoint
# Faster starts of Elasticsearch 6.8, 7.17 and 8.15.0, OpenSearch 1 and 2: a class archive of their JVM, 50 to 80 MB. Elsewhere this does
# nothing. OpenSearch's security plugin has no certificates yet, and its classes would not be in the archive.
USER root
RUN DISABLE_SECURITY_PLUGIN=true es-entrypoint archive --if-possible
USER ${IMAGE_USER}
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 CMD ["/usr/local/bin/es-entrypoint", "health"]
ENTRYPOINT ["/usr/local/bin/es-entrypoint"]
