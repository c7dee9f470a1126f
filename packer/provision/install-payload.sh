#!/bin/sh
# Copies the payload disk onto the root filesystem and makes the users and directories it declares.
set -eu
mount -o ro /dev/disk/by-label/ONEPILOT-PAYLOAD /mnt
cp -a /mnt/rootfs/. /
umount /mnt
systemd-sysusers
systemd-tmpfiles --create --prefix=/var/lib/onepilot --prefix=/etc/onepilot --prefix=/etc/one-appliance
systemctl daemon-reload
systemctl --quiet is-enabled onepilot-agent.service
systemd-analyze verify /usr/lib/systemd/system/onepilot-*
