# OnePilot's image needs no image of one-apps below it: it is built by OnePilot's own builder, and this fetches the
# released one, the same that the marketplace's entry names, checks its hash and leaves it where build.sh expects it.
# No guest is started, so that no plugin is needed.

source "null" "release" {
  communicator = "none"
}

build {
  sources = ["source.null.release"]

  provisioner "shell-local" {
    environment_vars = [
      "IMAGE_URL=${var.image_url}",
      "IMAGE_SHA256=${var.image_sha256}",
      "IMAGE=${var.output_dir}/${var.appliance_name}",
    ]
    script = "${var.input_dir}/fetch-image.sh"
  }
}
