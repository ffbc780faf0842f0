#!/usr/bin/env bash
# A real Slurm on this one machine, for tests: a controller and several nodes, all on loopback, without systemd.
#   scripts/slurm-cluster.sh up      install Debian's packages if they are missing, start what does not run
#   scripts/slurm-cluster.sh down    end all jobs and daemons
#   scripts/slurm-cluster.sh node-down N | node-up N | controller-down | controller-up
# `up` exits 3 with one line when there can be no cluster here (no root, no apt, no packages).
# With SLURM_CLUSTER_ACCOUNTING=yes jobs are accounted for by a database, so that sacct answers.
# The folder it lives in is $SLURM_CLUSTER, by default /tmp/evalmake-slurm-cluster.
set -euo pipefail
umask 022

home=${SLURM_CLUSTER:-/tmp/evalmake-slurm-cluster}
nodes=${SLURM_CLUSTER_NODES:-3}
export SLURM_CONF=$home/slurm.conf
accounting=${SLURM_CLUSTER_ACCOUNTING:-no}
marker='# written by scripts/slurm-cluster.sh'

cannot() {
  echo "no Slurm here: $*"
  exit 3
}

# Whether a process is there, and not only its entry that nobody has collected.
lives() { # NUMBER
  [ -d "/proc/$1" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

# Whether the process whose number is in a file still is the program it should be.
runs() { # FILE PROGRAM
  local number
  number=$(cat "$1" 2>/dev/null) && [ -n "$number" ] && [ "$(cat "/proc/$number/comm" 2>/dev/null)" = "$2" ] && lives "$number"
}

# Waits until a command succeeds.
await() { # SECONDS COMMAND...
  local until=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$until" ]; then
      echo "gave up waiting for: $*; logs are in $home/log" >&2
      return 1
    fi
    sleep 0.2
  done
}

finish() { # FILE PROGRAM SIGNAL
  runs "$1" "$2" || return 0
  local number
  number=$(cat "$1")
  kill "-$3" "$number" 2>/dev/null || return 0
  for _ in $(seq 50); do
    lives "$number" || return 0
    sleep 0.1
  done
  kill -KILL "$number" 2>/dev/null || true
}

packages() {
  local wanted=(slurmctld slurmd slurm-client munge) said
  [ "$accounting" = no ] || wanted+=(slurmdbd mariadb-server)
  said=$("$(dirname "$0")/debian-packages.sh" "${wanted[@]}") || cannot "$said"
  # A mount that shows files late, for a proof that goes without.
  "$(dirname "$0")/debian-packages.sh" bindfs >/dev/null || true
}

# What the controller is told of accounting.
accounts() {
  if [ "$accounting" = no ]; then
    echo 'AccountingStorageType=accounting_storage/none'
  else
    echo 'AccountingStorageType=accounting_storage/slurmdbd'
    echo 'AccountingStorageHost=127.0.0.1'
    echo 'AccountingStoragePort=26819'
    # AuthInfo holds for the controller and the nodes, and not for the way to the database.
    echo "AccountingStoragePass=$home/munge/run/socket"
  fi
}

# MULTIPLE_SLURMD: one daemon per node name, each with its own port, on the same machine.
configure() {
  local memory number host
  memory=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) / 1024))
  host=$(hostname -s)
  {
    echo "$marker"
    cat <<CONFIG
ClusterName=evalmaketest
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$home/munge/run/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
MailProg=/bin/true
StateSaveLocation=$home/state
SlurmctldPidFile=$home/run/slurmctld.pid
SlurmctldLogFile=$home/log/slurmctld.log
SlurmdPidFile=$home/run/slurmd-%n.pid
SlurmdLogFile=$home/log/slurmd-%n.log
SlurmdSpoolDir=$home/spool/%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=2
JobAcctGatherParams=OverMemoryKill
$(accounts)
DefMemPerCPU=512
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
SlurmdTimeout=8
SlurmctldTimeout=20
InactiveLimit=0
KillWait=2
MinJobAge=${SLURM_CLUSTER_MINJOBAGE:-300}
MaxArraySize=1001
MaxJobCount=20000
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
CONFIG
    for number in $(seq "$nodes"); do
      echo "NodeName=n$number NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((26830 + number)) CPUs=8 RealMemory=$memory State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE LLN=YES State=UP"
    echo "PartitionName=urgent Nodes=n[1-$nodes] Default=NO MaxTime=INFINITE PriorityTier=10 State=UP"
    echo "PartitionName=short Nodes=n1 Default=NO MaxTime=1 State=UP"
  } >"$SLURM_CONF"
}

start_munge() {
  runs "$home/munge/run/pid" munged && return 0
  mkdir -p "$home"/munge/{run,log,lib}
  if [ ! -s "$home/munge/key" ]; then (umask 077 && head -c 1024 /dev/urandom >"$home/munge/key"); fi
  chown -R munge:munge "$home/munge"
  chmod 755 "$home/munge/run"
  chmod 711 "$home/munge" "$home/munge/lib"
  rm -f "$home/munge/run/socket"
  runuser -u munge -- munged --force --key-file="$home/munge/key" --socket="$home/munge/run/socket" \
    --pid-file="$home/munge/run/pid" --log-file="$home/munge/log/log" --seed-file="$home/munge/lib/seed"
  await 10 test -S "$home/munge/run/socket"
}

# A database that nobody reaches but by its socket, and the daemon that writes to it.
start_accounting() {
  [ "$accounting" != no ] || return 0
  local data=$home/database
  if ! runs "$data/pid" mariadbd; then
    mkdir -p "$data/files"
    chown -R mysql:mysql "$data"
    [ -d "$data/files/mysql" ] || mariadb-install-db --no-defaults --user=mysql --datadir="$data/files" \
      --auth-root-authentication-method=socket --skip-test-db >"$home/log/database.log" 2>&1
    setsid mariadbd --no-defaults --user=mysql --datadir="$data/files" --socket="$data/socket" --pid-file="$data/pid" \
      --skip-networking --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 \
      >>"$home/log/database.log" 2>&1 </dev/null &
    await 30 mariadb-admin --no-defaults --socket="$data/socket" ping
    mariadb --no-defaults --socket="$data/socket" -e 'CREATE DATABASE IF NOT EXISTS evalmake_accounts'
  fi
  (
    umask 077
    cat >"$home/slurmdbd.conf" <<CONFIG
$marker
AuthType=auth/munge
AuthInfo=socket=$home/munge/run/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=26819
CommunicationParameters=NoInAddrAny
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc=evalmake_accounts
PidFile=$home/run/slurmdbd.pid
LogFile=$home/log/slurmdbd.log
CONFIG
  )
  runs "$home/run/slurmdbd.pid" slurmdbd || MYSQL_UNIX_PORT=$data/socket slurmdbd
  await 30 sacctmgr -n show cluster
  sacctmgr -n show cluster | grep -qw evalmaketest || sacctmgr -i add cluster evalmaketest >/dev/null
}

start_controller() {
  runs "$home/run/slurmctld.pid" slurmctld || slurmctld -f "$SLURM_CONF"
  await 20 scontrol ping
}

start_node() {
  mkdir -p "$home/spool/n$1"
  runs "$home/run/slurmd-n$1.pid" slurmd || slurmd -f "$SLURM_CONF" -N "n$1"
}

all_idle() {
  [ "$(sinfo -h -N -p main -t idle,mixed,allocated -o '%N %T' | grep -vc '[*]')" = "$nodes" ]
}

up() {
  [ "$(id -u)" = 0 ] || cannot 'its daemons are started as root'
  mkdir -p "$home"/{log,run,state,spool}
  packages
  configure
  start_munge
  start_accounting
  start_controller
  local number
  for number in $(seq "$nodes"); do
    start_node "$number"
    scontrol update nodename="n$number" state=resume 2>/dev/null || true
  done
  await 40 all_idle
  echo "Slurm $(sinfo --version | cut -d' ' -f2) with $nodes nodes; SLURM_CONF=$SLURM_CONF"
}

down() {
  local file number child
  if runs "$home/run/slurmctld.pid" slurmctld; then
    timeout 20 scancel -u root >/dev/null 2>&1 || true
    await 15 sh -c '[ -z "$(squeue -h)" ]' || true
  fi
  # A job outlives the daemon of its node: what our spool folders name is ended with its children.
  for file in "$home"/spool/*/*_*.*; do
    [ -S "$file" ] || continue
    for number in $(pgrep -x slurmstepd || true); do
      tr '\0' ' ' <"/proc/$number/environ" 2>/dev/null | grep -qF "$home" || continue
      for child in $(pgrep -P "$number" || true); do kill -KILL -- "-$child" 2>/dev/null || true; done
      kill -KILL "$number" 2>/dev/null || true
    done
  done
  for file in "$home"/run/slurmd-*.pid; do finish "$file" slurmd TERM; done
  finish "$home/run/slurmctld.pid" slurmctld TERM
  finish "$home/run/slurmdbd.pid" slurmdbd TERM
  finish "$home/database/pid" mariadbd TERM
  finish "$home/munge/run/pid" munged TERM
  if [ -e "$SLURM_CONF" ] && head -1 "$SLURM_CONF" | grep -qxF "$marker"; then rm -rf "$home"; fi
  echo 'Slurm is down'
}

case ${1:-} in
  up) up ;;
  down) down ;;
  node-down) finish "$home/run/slurmd-n$2.pid" slurmd KILL ;;
  node-up)
    start_node "$2"
    await 30 all_idle
    ;;
  controller-down) finish "$home/run/slurmctld.pid" slurmctld "${2:-KILL}" ;;
  controller-up) start_controller ;;
  *)
    sed -n '2,7p' "$0" | sed 's/^# \{0,1\}//'
    exit 2
    ;;
esac
