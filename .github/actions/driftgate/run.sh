#!/usr/bin/env bash
# The last step of the composite action. Inputs come in through the environment, so that no value
# is ever read as shell code.
set -euo pipefail

common=(--root "$INPUT_ROOT")
case "$INPUT_SYNC" in
  true) "$DRIFTGATE" sync "${common[@]}" --locked ;;
  false) ;;
  *) echo "input sync is '$INPUT_SYNC', not true or false" >&2; exit 2 ;;
esac

options=(--lane "$INPUT_LANE" --output human --output "json=$DRIFTGATE_REPORT")
code=0
"$DRIFTGATE" run "${common[@]}" "${options[@]}" || code=$?
{
  echo "report=$DRIFTGATE_REPORT"
  echo "exit-code=$code"
} >>"$GITHUB_OUTPUT"
exit "$code"
