#!/usr/bin/env bash
# npm run test:slurm: what the slurm executor promises, on a real cluster that this script starts on this machine and ends.
# Where there can be none it says so and succeeds. Takes about four minutes; with SLURM_TEST_SECONDS=N only what fits.
#   npm run test:slurm -- accounting    what needs accounts of jobs, on a cluster with a database; takes a minute
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$(mktemp -d)
# munged runs as a user of its own, and has to get to its files.
chmod 711 "$base"
export SLURM_CLUSTER=${SLURM_CLUSTER:-$base/cluster}
export SLURM_CONF=$SLURM_CLUSTER/slurm.conf

# Seconds that each may take on a busy machine.
proofs=(
  '30 engine/slurm/cluster-conformance'
  '70 all/slurm/kills-proof'
  '15 all/slurm/late-proof'
  '120 all/slurm/evaluation-proof'
  '180 all/slurm/cluster-proof'
)
if [ "${1:-}" = accounting ]; then
  proofs=('60 all/slurm/accounting-proof')
  export SLURM_CLUSTER_ACCOUNTING=yes SLURM_CLUSTER_MINJOBAGE=5
fi

scripts/slurm-cluster.sh up
case $? in
  0) ;;
  3) echo 'slurm: nothing was tested'; exit 0 ;;
  *) echo 'slurm: the cluster did not start'; scripts/slurm-cluster.sh down; exit 1 ;;
esac
trap 'scripts/slurm-cluster.sh down; rm -rf "$base"' EXIT

node scripts/build.mjs || exit 1
failed=0
tried=0
for line in "${proofs[@]}"; do
  proof=${line#* }
  if [ $((SECONDS + ${line%% *})) -gt "${SLURM_TEST_SECONDS:-100000}" ]; then
    echo "slurm: $proof does not fit into $SLURM_TEST_SECONDS s, and was not tried"
    continue
  fi
  tried=$((tried + 1))
  node "build/test/$proof.js" || failed=1
done
if [ "$failed" = 0 ]; then echo "slurm: $tried of ${#proofs[@]} proofs were tried and passed"; else echo 'slurm: a proof failed'; fi
exit "$failed"
