# Settings and functions of all steps of the gate. Source it: `. "$(dirname "$0")/lib.sh"`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never
# The gate builds once, so incremental builds and a package cache would only use disk space.
export CARGO_INCREMENTAL=0 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
target="$(realpath -m "${CARGO_TARGET_DIR:-target}")"

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo

# Installs Debian packages; runs `apt-get update` only once.
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

# Environment of the Python package and of tools that are Python packages.
environment="$target/gate-python"
python="$environment/bin/python"
