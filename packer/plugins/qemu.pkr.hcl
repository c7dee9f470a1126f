# Packer 1.7 and later keep the QEMU builder in a plugin; scripts/image.ts adds this file for them.
# Debian's 1.6.6 has it built in and does not know this block.
packer {
  required_plugins {
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = ">= 1.1.0"
    }
  }
}
