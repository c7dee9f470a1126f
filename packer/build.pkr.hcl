build {
  sources = ["source.qemu.onepilot"]

  # One job each, in this order; `clean` must be the last but one, `check` looks at what it left.
  provisioner "shell" {
    environment_vars = ["SOURCE_DATE_EPOCH=${var.source_date_epoch}"]
    scripts = [
      "${path.root}/provision/install-payload.sh",
      "${path.root}/provision/install-boot-loader.sh",
      "${path.root}/provision/drop-privileges.sh",
      "${path.root}/provision/clean.sh",
      "${path.root}/provision/check.sh",
    ]
  }
}
