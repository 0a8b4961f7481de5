# syntax=docker/dockerfile:1
ARG BASE=python:3.12
ARG SRC=app
FROM ${BASE} AS build
ARG SRC
WORKDIR /build/$SRC
COPY --chmod=755 $SRC/ ./
RUN <<TEXT cat > made
one
TEXT
FROM scratch AS final
ENV DEST=/opt/${SRC:-none} OTHER="a b"
COPY --from=build --chown=1:1 /build/app ${DEST}/
COPY ["config.yaml", "/etc/"]
COPY --link --exclude=*.md app /opt/app
ADD config.yaml app/*.py /opt/all/
USER nobody
%%
# what is not sent
**/*.md
!app/prompts/first.md
