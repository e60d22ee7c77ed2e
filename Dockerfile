# CoreDNS with kubenames: one static binary that may bind port 53, and the
# certificates of the public authorities. `make image` builds it.
FROM golang:1.26 AS build
RUN apt-get -qq update && apt-get -qq install --no-install-recommends ca-certificates libcap2-bin
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build && setcap cap_net_bind_service=+ep build/coredns

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/build/coredns /coredns
# A number, so that the kubelet can tell it is not root without reading a file.
USER 65532:65532
WORKDIR /
EXPOSE 53 53/udp
ENTRYPOINT ["/coredns"]
