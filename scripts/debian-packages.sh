#!/usr/bin/env bash
# Installs packages of Debian that are missing, without starting what is in them.
#   scripts/debian-packages.sh NAME…
# Exits 3 with one line when that cannot be: no apt-get, no root, no such package, no network.
set -uo pipefail

cannot() {
  echo "$*"
  exit 3
}

missing=()
for name in "$@"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || cannot "there is no apt-get to install ${missing[*]}"
[ "$(id -u)" = 0 ] || cannot "only root can install ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Several may install at a time, each what it needs: they wait for each other.
apt=(apt-get -qq -o DPkg::Lock::Timeout=150)
lock=/tmp/evalmake-debian-packages.lock
exec 9>"$lock"
flock -w 200 9 || cannot 'somebody else installs packages for too long'
# Packages start their daemons unless somebody forbids it.
forbidden=no
if [ ! -e /usr/sbin/policy-rc.d ]; then
  forbidden=yes
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
log=$(mktemp)
done=no
for _ in 1 2; do
  if timeout 200 "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    done=yes
    break
  fi
  timeout 60 "${apt[@]}" update >>"$log" 2>&1 || true
done
if [ "$forbidden" = yes ]; then rm -f /usr/sbin/policy-rc.d; fi
[ "$done" = yes ] || { tail -n 3 "$log"; cannot "${missing[*]} could not be installed"; }
rm -f "$log"
