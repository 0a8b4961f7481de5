if [ -z "${TOKEN:-}" ]; then
  echo skip; exit 0
fi
[ -n "$X" ] || { echo none; exit 0; }
while read -r l; do ruff check --exit-zero "$l" || continue; done < <(git ls-files)
find . -name x -exec shellcheck {} \;
