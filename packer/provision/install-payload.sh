#!/bin/sh
# Copies the payload disk onto the root filesystem and makes the users and directories it declares.
set -eu
mount -o ro /dev/disk/by-label/ONEPILOT-PAYLOAD /mnt
cp -a /mnt/rootfs/. /
umount /mnt
systemd-sysusers
systemd-tmpfiles --create --prefix=/var/lib/onepilot --prefix=/var/cache/onepilot --prefix=/etc/onepilot --prefix=/etc/one-appliance
# The agent's bytecode, so that the first boot need not compile it; without a verb it only says how it is used.
NODE_COMPILE_CACHE=/var/cache/onepilot /usr/lib/onepilot/node /usr/lib/onepilot/agent.mjs 2>/dev/null || [ $? -eq 2 ]
systemctl daemon-reload
systemctl --quiet is-enabled onepilot-agent.service
systemd-analyze verify /usr/lib/systemd/system/onepilot-*
