if (( A + 1 )); then
  x="$(cat <<EOF
${B:-`c`}
EOF
)"
elif
  echo "é ${{ x }} '