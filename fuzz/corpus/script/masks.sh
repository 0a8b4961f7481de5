set -euo pipefail
go test ./... | tee log || true
export X=$(go vet ./...)
npm test &
if ! pytest; then echo bad; fi
make check && echo ok
rc=0; cargo test || rc=$?
exit "$rc"
