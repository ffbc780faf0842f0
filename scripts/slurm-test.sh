#!/usr/bin/env bash
# npm run test:slurm: what the slurm executor promises, on a real cluster that this script starts on this machine and ends.
# Where there can be none it says so and succeeds. Takes about four minutes.
#   npm run test:slurm -- short         what takes a minute: conformance, builds that are killed, files that are seen late
#   npm run test:slurm -- accounting    what needs accounts of jobs, on a cluster with a database; takes a minute
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$(mktemp -d)
# munged runs as a user of its own, and has to get to its files.
chmod 711 "$base"
export SLURM_CLUSTER=${SLURM_CLUSTER:-$base/cluster}
export SLURM_CONF=$SLURM_CLUSTER/slurm.conf

short=(engine/slurm/cluster-conformance all/slurm/kills-proof all/slurm/late-proof)
case ${1:-} in
  short) proofs=("${short[@]}") ;;
  accounting)
    proofs=(all/slurm/accounting-proof)
    export SLURM_CLUSTER_ACCOUNTING=yes SLURM_CLUSTER_MINJOBAGE=5
    ;;
  *) proofs=("${short[@]}" all/slurm/evaluation-proof all/slurm/cluster-proof) ;;
esac

scripts/slurm-cluster.sh up
case $? in
  0) ;;
  3) echo 'slurm: nothing was tested'; exit 0 ;;
  *) echo 'slurm: the cluster did not start'; scripts/slurm-cluster.sh down; exit 1 ;;
esac
trap 'scripts/slurm-cluster.sh down; rm -rf "$base"' EXIT

[ -n "${BUILT:-}" ] || node scripts/build.mjs || exit 1
failed=0
for proof in "${proofs[@]}"; do
  node "build/test/$proof.js" || failed=1
done
if [ "$failed" = 0 ]; then echo "slurm: all ${#proofs[@]} proofs passed"; else echo 'slurm: a proof failed'; fi
exit "$failed"
