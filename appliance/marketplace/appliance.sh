#!/usr/bin/env bash

# OnePilot for the service framework of one-apps. The image is built whole by OnePilot's own builder and has a launcher of
# its own in /etc/one-appliance/service; this file is for a framework that loads service.d/appliance.sh. Nothing is
# installed here: what configures and starts the appliance is the command onepilot, which the image has.

### What the framework reads ###################################################

# shellcheck disable=SC2034
ONE_SERVICE_NAME='OnePilot'
# shellcheck disable=SC2034
ONE_SERVICE_VERSION='@VERSION@'
# shellcheck disable=SC2034
ONE_SERVICE_BUILD='@BUILD@'
# shellcheck disable=SC2034
ONE_SERVICE_SHORT_DESCRIPTION='Language models for editors and coding agents, on CPUs alone'
# shellcheck disable=SC2034
ONE_SERVICE_DESCRIPTION='One HTTPS endpoint that speaks the APIs of OpenAI, Anthropic, Mistral and Ollama.
onepilot status says how it is, onepilot key shows the API key, onepilot setup CLIENT configures an editor.'
# shellcheck disable=SC2034
ONE_SERVICE_RECONFIGURABLE=true

# Name, stage, description, and input of each variable.
# shellcheck disable=SC2034
ONE_SERVICE_PARAMS=(
@PARAMETERS@
)

### Stages #####################################################################

service_install()
{
    if ! command -v onepilot >/dev/null; then
        msg error 'OnePilot is not in this image, and this script does not install it: import the published image'
        return 1
    fi
    msg info 'OnePilot was installed when its image was built'
}

service_configure()
{
    onepilot service configure
}

service_bootstrap()
{
    onepilot service bootstrap
}

service_help()
{
    onepilot service help
}

service_cleanup()
{
    :
}
