#!/usr/bin/env bash
# npm run test:slurm: what the slurm executor promises, on a real cluster that this script starts on this machine and ends.
# Where there can be none it says so and succeeds. Takes about five minutes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
base=$(mktemp -d)
# munged runs as a user of its own, and has to get to its files.
chmod 711 "$base"
export SLURM_CLUSTER=${SLURM_CLUSTER:-$base/cluster}
export SLURM_CONF=$SLURM_CLUSTER/slurm.conf

scripts/slurm-cluster.sh up
case $? in
  0) ;;
  3) echo 'nothing was tested'; exit 0 ;;
  *) echo 'the cluster did not start'; scripts/slurm-cluster.sh down; exit 1 ;;
esac
trap 'scripts/slurm-cluster.sh down' EXIT

node scripts/build.mjs || exit 1
failed=0
for proof in engine/slurm/cluster-conformance all/slurm/evaluation-proof all/slurm/cluster-proof; do
  node "build/test/$proof.js" || failed=1
done
if [ "$failed" = 0 ]; then echo 'slurm: all proofs passed'; else echo 'slurm: a proof failed'; fi
exit "$failed"
