#!/bin/sh
# Copies the payload disk onto the root filesystem and makes the users and directories it declares.
set -eu
payload=/dev/disk/by-label/ONEPILOT-PAYLOAD
# The boot grew the root into its disk, which is larger than the base system's where models come along.
free=$(df --output=avail --block-size=1 / | tail -n 1)
if [ "$free" -lt "$(blockdev --getsize64 "$payload")" ]; then
  systemd-repart --dry-run=no
  /usr/lib/systemd/systemd-growfs /
fi
mount -o ro "$payload" /mnt
cp -a /mnt/rootfs/. /
umount /mnt
systemd-sysusers
systemd-tmpfiles --create --prefix=/var/lib/onepilot --prefix=/etc/onepilot --prefix=/etc/one-appliance
# Models bring the times at which they were fetched.
find /var/lib/onepilot/models -type f -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
systemctl daemon-reload
systemctl --quiet is-enabled onepilot-agent.service
systemd-analyze verify /usr/lib/systemd/system/onepilot-*
