locals {
  # systemd.wants: where one-context will apply the network, nothing else brings it up for this one boot.
  # root by label: the disk is vda here, but nothing in the image may depend on that.
  kernel_arguments = "root=LABEL=onepilot-root ro net.ifnames=0 console=ttyS0 systemd.wants=systemd-networkd.service systemd.show_status=false"
  credential       = "io.systemd.credential.binary:ssh.authorized_keys.root=${var.ssh_public_key_base64}"
}
