#!/usr/bin/env bash
# Makes a bare Debian 12 or 13 (python3 >= 3.11, make, git) ready. Installs only what is missing.
#   bootstrap.sh runtime   uv, the Python environment, the front-end bundles, the libraries of the PDF maker
#   bootstrap.sh check     what only the checks need: chromium and Japanese fonts for it, pdftoppm
#   bootstrap.sh with-debian-postgres CMD...   runs CMD against a throw-away server of Debian's PostgreSQL
set -euo pipefail
cd "$(dirname "$0")"
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
mkdir -p .tools

say() { printf '%s\n' "$*" >&2; }

# packages PACKAGE... : installs the missing ones as root or through sudo, else says the one line to type
packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo)
    else
      say "次のパッケージが必要です。管理者として実行してください: apt-get install ${missing[*]}"
      exit 1
    fi
  fi
  say "システムのパッケージを入れます: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >.tools/apt.log 2>&1 ||
    { tail -n 20 .tools/apt.log >&2; say "パッケージを入れられませんでした（記録: .tools/apt.log）"; exit 1; }
}

PATH="$PATH:$PWD/.tools/bin"

# for_uv : what uv_here will need, so that one line names all that is missing
for_uv() {
  command -v uv >/dev/null || python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

uv_here() {
  command -v uv >/dev/null && return 0
  say "uv を入れます"
  python3 -m venv .tools/uv-env
  .tools/uv-env/bin/pip install -q --disable-pip-version-check 'uv==0.13.9'
  mkdir -p .tools/bin
  ln -sf ../uv-env/bin/uv .tools/bin/uv
}

runtime() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { say "python3 3.11 以上が必要です（いまは $(python3 -V)）"; exit 1; }
  packages libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 $(for_uv)
  uv_here
  say "Python の環境と画面の部品を用意します（初回は1分ほど）"
  uv sync --locked --quiet --no-default-groups --inexact
}

check() {
  packages chromium fonts-noto-cjk poppler-utils
  uv_here
  uv sync --locked --quiet
}

case "${1:-}" in
  runtime) runtime ;;
  check) check ;;
  with-debian-postgres)
    shift
    packages postgresql
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    folder=$(mktemp -d /var/tmp/tetsuzuki-debian-pg.XXXXXX)
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    as_postgres=()
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder"; as_postgres=(setpriv --reuid postgres --regid postgres --init-groups env HOME="$folder"); fi
    (cd "$folder" && "${as_postgres[@]}" "$bin/initdb" -D "$folder/data" -U tetsuzuki --auth=trust --locale=C.UTF-8 >/dev/null)
    (cd "$folder" && "${as_postgres[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off" start >/dev/null)
    trap '(cd "$folder" && "${as_postgres[@]}" "$bin/pg_ctl" -D "$folder/data" -m fast stop >/dev/null); rm -rf "$folder"' EXIT
    say "Debian の PostgreSQL: $("$bin/postgres" --version)"
    TETSUZUKI_TEST_DATABASE_URL="postgresql://tetsuzuki@127.0.0.1:$port/postgres" "$@"
    ;;
  *) say "使い方: bootstrap.sh runtime | check | with-debian-postgres COMMAND..."; exit 2 ;;
esac
