# escape=`
FROM scratch
SHELL ["/bin/sh", "-c"]
RUN echo one `
  # in between
  two
COPY <<"RAW" <<-TABS /etc/
$not expanded
RAW
	tabs go
TABS
ONBUILD COPY . /srv
