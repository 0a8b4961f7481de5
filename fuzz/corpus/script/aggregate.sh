for r in ${{ join(needs.*.result, ' ') }}; do
  case "$r" in success|skipped) ;; *) echo "$r"; exit 1;; esac
done
[[ "$A" == b ]] || exit 1
