#!/bin/sh
# Refuses an image that holds what no image may hold. test/image/content.test.ts looks deeper into a finished image.
set -eu
wrong=0
refuse() { echo "image check: $1" >&2; wrong=1; }
for path in /etc/ssh/ssh_host_* /root/.ssh /var/lib/onepilot/api-key /var/lib/onepilot/authority/ca.key; do
  [ ! -e "$path" ] || refuse "$path must not be in an image"
done
[ ! -s /etc/machine-id ] || refuse "/etc/machine-id must be empty"
for tool in cc gcc g++ cpp as ld make npm; do
  ! command -v "$tool" >/dev/null || refuse "$tool must not be in an image"
done
[ -z "$(find / -xdev -name node_modules -print -quit)" ] || refuse "node_modules must not be in an image"
awk -F: '$2 !~ /^[!*]/ { print $1; found = 1 } END { exit found }' /etc/shadow >&2 || refuse "an account has a password"
/usr/lib/onepilot/node -e 'require("/usr/lib/onepilot/native/notify.node")' || refuse "Node cannot load its addon"
[ -s /boot/grub/grub.cfg ] || refuse "the boot loader is not installed"
! grep -q 'ttyS' /boot/grub/grub.cfg || refuse "a serial console is on the kernel command line"
exit "$wrong"
