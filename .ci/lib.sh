# What the steps of the gate share. Source it: `. "$(dirname "$0")/lib.sh"`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never
# Built once and thrown away: what incremental builds and a cache of packages need on disk is never read again.
export CARGO_INCREMENTAL=0 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo

# Installs Debian packages; `apt-get update` once.
install() {
  [ -e /tmp/.consortia-apt ] || { $as_root apt-get update -q && touch /tmp/.consortia-apt; }
  $as_root apt-get install -y -q --no-install-recommends "$@"
}

find_browser() {
  for name in chromium chromium-browser google-chrome-stable google-chrome chrome; do
    command -v "$name" && return
  done
  return 1
}

# The environment of the Python package and of the tools that come as Python packages.
environment="$target/gate-python"
python="$environment/bin/python"
