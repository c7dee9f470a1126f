source "qemu" "onepilot" {
  disk_image       = true
  iso_url          = var.base_disk
  iso_checksum     = "none"
  format           = "qcow2"
  disk_size        = var.disk_size
  skip_compaction  = true
  output_directory = var.output_directory
  vm_name          = var.image_name

  accelerator = var.accelerator
  cpus        = var.cpus
  memory      = var.memory
  headless    = true
  net_device  = "virtio-net"

  # qemuargs replace packer's own -drive, so both disks stand here.
  qemuargs = [
    ["-cpu", var.cpu_model],
    ["-kernel", var.kernel],
    ["-initrd", var.initrd],
    ["-append", local.kernel_arguments],
    ["-smbios", "type=11,value=${local.credential}"],
    ["-serial", "file:${var.console_log}"],
    ["-drive", "file=${var.output_directory}/${var.image_name},if=virtio,format=qcow2,cache=unsafe,discard=unmap,detect-zeroes=unmap"],
    ["-drive", "file=${var.payload},if=virtio,format=raw,readonly=on"],
  ]

  communicator         = "ssh"
  ssh_username         = "root"
  ssh_private_key_file = var.ssh_private_key_file
  ssh_timeout          = "10m"
  boot_wait            = "1s"
  # --force: no service may write its state after clean.sh.
  shutdown_command = "systemctl poweroff --force"
  shutdown_timeout     = "5m"
}
