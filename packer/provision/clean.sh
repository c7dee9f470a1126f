#!/bin/sh
# Leaves nothing that belongs to this build or that two VMs would share.
set -eu
rm -rf /root/.ssh /root/.cache /root/.bash_history
rm -f /etc/ssh/ssh_host_*
rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/dbus/machine-id
rm -rf /var/lib/systemd/network /var/lib/systemd/timesync/* /var/lib/dhcp/*
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old
rm -rf /tmp/* /var/tmp/*
: > /etc/machine-id
journalctl --quiet --rotate
rm -rf /var/log/journal/* /run/log/journal/*
find /var/log -type f -delete
# /usr is as new as /etc and /var: no unit has to catch up at the first boot (systemd-update-done.service(8)).
touch /etc/.updated /var/.updated
sync
fstrim -v /
