#!/bin/sh
# Leaves nothing that belongs to this build or that two VMs would share.
set -eu
# It writes down what time it is when it is told to end.
systemctl stop systemd-timesyncd.service
rm -rf /root/.ssh /root/.cache /root/.bash_history
rm -f /etc/ssh/ssh_host_*
rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/dbus/machine-id
rm -rf /var/lib/systemd/network /var/lib/systemd/timesync/* /var/lib/dhcp/*
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/debconf/tmp.ci /var/lib/dpkg/*-old
rm -rf /tmp/* /var/tmp/* /var/lib/one-context/tmp/*
# The build host's name servers, and accounts as they were before the last was made.
rm -f /etc/.resolv.conf.systemd-resolved.bak
rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid-
: > /etc/machine-id
# Into memory from here on: a journal that finds its file gone begins another one.
journalctl --quiet --relinquish-var
rm -rf /var/log/journal/*
find /var/log -type f -delete
# A cache that holds inode numbers and times; ldconfig does without.
rm -f /var/cache/ldconfig/aux-cache
# When timers last ran here; a VM's count from its first boot. dpkg's copies are of another system.
rm -rf /var/lib/systemd/timers /var/backups/*
# /usr is as new as /etc and /var: no unit has to catch up at the first boot (systemd-update-done.service(8)).
: > /etc/.updated
: > /var/.updated
# What this build has touched is as old as what it was made of.
find / -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
sync
fstrim -v /
