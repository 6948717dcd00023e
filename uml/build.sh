#!/bin/bash
# build.sh FOLDER KERNEL: builds Linux from Debian's source package in FOLDER, as User-Mode Linux with the options beside
# this file, and installs it as KERNEL, for root alone. Run again, it builds only what has changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
kernel=$2
package=linux-source-6.12
suite=bookworm-backports

hash flex bison bc gcc make xz 2>/dev/null \
  || { apt-get update -qq && apt-get install -y -qq --no-install-recommends flex bison bc gcc libc6-dev make xz-utils; }

if [ ! -e "$folder/unpacked" ]; then
  # Lists of our own: the machine's own packages shall not come from that suite.
  apt=(apt-get -qq -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User=root)
  mkdir -p "$folder"/{lists,cache/archives}/partial "$folder/source"
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 1p) # as this machine has it
  echo "deb [signed-by=$keys] $mirror $suite main" > "$folder/sources.list"
  "${apt[@]}" update
  (cd "$folder" && "${apt[@]}" download "$package")
  dpkg-deb --fsys-tarfile "$folder/$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" \
    | tar -xJ --strip-components=1 -C "$folder/source"
  rm "$folder/$package"_*.deb
  touch "$folder/unpacked"
fi

cd "$folder/source"
um=(make -s ARCH=um O="$folder/objects")
mkdir -p "$folder/objects"
"${um[@]}" x86_64_defconfig
scripts/kconfig/merge_config.sh -m -O "$folder/objects" "$folder/objects/.config" "$here/kernel.config" >/dev/null
"${um[@]}" olddefconfig
# What depends on something else that is off is dropped without a word.
for option in $(grep -o '^CONFIG_[A-Z0-9_]*=y' "$here/kernel.config"); do
  grep -qx "$option" "$folder/objects/.config" || { echo "$package does not take $option" >&2; exit 1; }
done
nice "${um[@]}" -j"$(nproc)" linux
install -d -m 700 "$(dirname "$kernel")"
install -s -m 700 "$folder/objects/linux" "$kernel.new"
mv "$kernel.new" "$kernel"
echo "$kernel: Linux $("$kernel" --version)"
