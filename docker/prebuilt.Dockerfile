# The same image as Dockerfile gives, around a binary that cargo has already built; the context is the binary's folder.

FROM scratch
COPY es-entrypoint /es-entrypoint
ENTRYPOINT ["/es-entrypoint"]
LABEL org.opencontainers.image.title="es-entrypoint" \
      org.opencontainers.image.description="Container entrypoint for Elasticsearch and OpenSearch" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
