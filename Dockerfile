# actrec on Debian: `make dist`, then `docker build -t actrec .` and `docker run --rm -v "$PWD:/data" actrec record "ok" -o run.db`
FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libcurl4 ca-certificates
COPY dist/actrec-*-linux-x86_64.tar.gz dist/
RUN tar xf dist/actrec-*-linux-x86_64.tar.gz --strip-components=1 -C /usr/local && rm -r dist
WORKDIR /data
ENTRYPOINT ["actrec"]
