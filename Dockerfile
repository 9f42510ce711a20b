# syntax=docker/dockerfile:1
# The program in a small image: docker build --tag schedule-callback .

# Has what librdkafka needs to be built from source: a C compiler, make, OpenSSL's and zlib's headers.
FROM rust:1.95-bookworm AS build
WORKDIR /source
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --locked --release --bin schedule-callback \
    && install -D target/release/schedule-callback /out/schedule-callback

# The same Debian as above, so that the C libraries are the ones it was linked with.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/schedule-callback /usr/local/bin/schedule-callback
LABEL org.opencontainers.image.title="schedule-callback" \
    org.opencontainers.image.description="Durable callback scheduling on Kafka and PostgreSQL" \
    org.opencontainers.image.licenses="Apache-2.0"
# Nobody in particular; the program writes no files.
USER 10001:10001
# Not only to itself: a container's 127.0.0.1 is its own.
ENV SCHEDULE_CALLBACK__OPS__LISTEN=0.0.0.0:9464
EXPOSE 9464
ENTRYPOINT ["schedule-callback"]
CMD ["run"]
