# What packer/build.sh of the marketplace gives. Only input_dir, output_dir and appliance_name are of use here.

variable "appliance_name" {
  type = string
}

variable "input_dir" {
  type = string
}

variable "output_dir" {
  type = string
}

variable "distro" {
  type    = string
  default = ""
}

variable "version" {
  type    = string
  default = ""
}

variable "headless" {
  type    = bool
  default = true
}

variable "arch" {
  type    = string
  default = "x86_64"
}

# What release.auto.pkrvars.json gives.

variable "image_url" {
  type = string
}

variable "image_sha256" {
  type = string
}
