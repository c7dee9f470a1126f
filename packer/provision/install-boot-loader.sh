#!/bin/sh
# GRUB for BIOS and UEFI, from inside the guest: the host needs no loop devices for it.
set -eu
disk=$(findmnt -no SOURCE / | sed 's/[0-9]*$//')
mkdir -p /boot/efi
mount /boot/efi
grub-install --target=i386-pc "$disk"
grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram
update-grub
find /boot/efi -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
umount /boot/efi
