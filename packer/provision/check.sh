#!/bin/sh
# Refuses an image that cannot work, or holds what makes others, while the build still runs. What no image may hold is
# looked for from outside (src/audit), in the verify stage.
set -eu
wrong=0
refuse() { echo "image check: $1" >&2; wrong=1; }
for tool in cc gcc g++ cpp as ld make npm; do
  ! command -v "$tool" >/dev/null || refuse "$tool must not be in an image"
done
[ -z "$(find / -xdev -name node_modules -print -quit)" ] || refuse "node_modules must not be in an image"
/usr/lib/onepilot/node -e 'require("/usr/lib/onepilot/native/notify.node")' || refuse "Node cannot load its addon"
[ -s /boot/grub/grub.cfg ] || refuse "the boot loader is not installed"
exit "$wrong"
