#!/usr/bin/env bash
# Instructions that each kernel of benches/kernels.rs takes, counted by valgrind: the same on a busy machine as on a
# quiet one. Compares with benches/instructions.txt and names what is more than 3 % up.
#
#   benches/instructions.sh                 all kernels
#   benches/instructions.sh decode/csv      those whose names contain it
#   benches/instructions.sh --record [...]  writes what was counted into benches/instructions.txt
#
# A count is the difference between three runs in one process and one run, halved: what it takes to start and to make
# the data falls out. Thread hand-overs leave a noise well below 1 %. PROFILE names the cargo profile (release).
set -euo pipefail
cd "$(dirname "$0")/.."
record=false
if [ "${1:-}" = --record ]; then record=true; shift; fi
filter=${1:-}
profile=${PROFILE:-release}
recorded=benches/instructions.txt

binary=$(cargo bench --profile "$profile" --bench kernels --no-run --message-format=json |
  sed -n 's/.*"executable":"\([^"]*kernels-[^"]*\)".*/\1/p' | tail -1)
[ -x "$binary" ] || { echo "the bench was not built" >&2; exit 1; }

# instructions KERNEL TIMES: of a whole process
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" --run "$1" "$2" 2>&1 >/dev/null |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

counted=$(mktemp)
trap 'rm -f "$counted"' EXIT
up=0
while read -r kernel; do
  case $kernel in *"$filter"*) ;; *) continue ;; esac
  one=$(instructions "$kernel" 1)
  three=$(instructions "$kernel" 3)
  count=$(((three - one) / 2))
  echo "$kernel $count" >>"$counted"
  before=$(awk -v kernel="$kernel" '$1 == kernel { print $2 }' "$recorded" 2>/dev/null || true)
  if [ -z "$before" ]; then
    printf '%-40s %12d  new\n' "$kernel" "$count"
  else
    change=$(awk -v now="$count" -v before="$before" 'BEGIN { printf "%+.1f", 100 * (now - before) / before }')
    mark=$(awk -v change="$change" 'BEGIN { print (change > 3 ? "UP" : "") }')
    [ -z "$mark" ] || up=$((up + 1))
    printf '%-40s %12d %+7s %% %s\n' "$kernel" "$count" "$change" "$mark"
  fi
done < <("$binary" --list)

if $record; then
  # Lines of kernels that were not counted now stay.
  awk 'NR == FNR { now[$1] = $2; next } !($1 in now) && !/^#/' "$counted" "$recorded" 2>/dev/null >"$counted.kept" || true
  { echo "# kernel instructions ($(rustc --version | cut -d' ' -f1,2), profile $profile, $(uname -m))"
    sort "$counted" "$counted.kept"; } >"$recorded.new"
  rm -f "$counted.kept"
  mv "$recorded.new" "$recorded"
fi
if [ $up -gt 0 ]; then echo "$up kernels take more than 3 % more instructions" >&2; exit 1; fi
