# Every value that scripts/image.ts decides. `packer build` by hand needs them all: see docs/building.md.

variable "base_disk" {
  type        = string
  description = "qcow2 with the Debian base system, made by the base stage"
}

variable "kernel" {
  type        = string
  description = "the base system's kernel: the first boot happens before there is a boot loader"
}

variable "initrd" {
  type = string
}

variable "payload" {
  type        = string
  description = "raw ext4 disk labelled ONEPILOT-PAYLOAD with what goes into the image"
}

variable "ssh_private_key_file" {
  type        = string
  description = "a key made for this build alone; it opens the VM while it is built and is in no image"
}

variable "ssh_public_key_base64" {
  type        = string
  description = "its public half, handed over as a systemd credential"
}

variable "source_date_epoch" {
  type        = string
  description = "seconds since 1970: no file of the image is newer (reproducible-builds.org)"
}

variable "output_directory" {
  type = string
}

variable "image_name" {
  type    = string
  default = "onepilot.qcow2"
}

variable "disk_size" {
  type        = string
  default     = "4096M"
  description = "virtual size of the image, larger with large models; each VM's root grows to the disk it is given"
}

variable "accelerator" {
  type    = string
  default = "tcg"
}

variable "cpu_model" {
  type    = string
  default = "max"
}

variable "cpus" {
  type        = number
  default     = 1
  description = "QEMU before 8 panics SMP guests under TCG: keep 1 there"
}

variable "memory" {
  type        = number
  default     = 1024
  description = "MiB"
}

variable "console_log" {
  type        = string
  description = "file for the guest's serial console"
}
