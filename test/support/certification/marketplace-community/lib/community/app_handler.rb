# The shared context «vm_handler» of marketplace-community, which the specs of appliances include. What of metadata.yaml
# is read, when, and what becomes of it, is as there; so a file that lacks a section fails where it would fail there.

require 'rspec'
require 'yaml'

# The current folder is that of app_readiness.rb.
$LOAD_PATH << "#{Dir.pwd}/clitester"

require 'init'
require 'image'

# Of the appliance whose spec requires this file.
config = YAML.load_file("#{File.dirname(caller_locations.first.absolute_path)}/../metadata.yaml")

VM_TEMPLATE = config[:one][:template][:NAME] || 'base'
IMAGE_DATASTORE = config[:one][:datastore] || 'default'

APPS_PATH = config[:infra][:apps_path] || '/opt/one-apps/export'
DISK_FORMAT = config[:infra][:disk_format] || 'qcow2'

APP_IMAGE_NAME = config[:app][:name]
APP_CONTEXT_PARAMS = config[:app][:context][:params]

RSpec.shared_context 'vm_handler' do
    before(:all) do
        @info = {}

        unless CLIImage.list('-l NAME').include?(APP_IMAGE_NAME)
            CLIImage.create(APP_IMAGE_NAME, IMAGE_DATASTORE, "--path #{APPS_PATH}/#{APP_IMAGE_NAME}.#{DISK_FORMAT}")
        end

        context = app_context(APP_CONTEXT_PARAMS, config[:app][:context][:prefixed])
        @info[:vm] = VM.instantiate(VM_TEMPLATE, true, "--context #{context} --disk #{APP_IMAGE_NAME}")
        @info[:vm].info
    end

    after(:all) do
        generate_context(config)
        @info[:vm].terminate_hard
    end
end

# @return [String] what stands behind --context, for the shell that runs onetemplate
def app_context(params, prefixed)
    prefix = prefixed == true ? 'ONEAPP_' : ''
    given = params.map {|key, value| %(#{prefix}#{key}="#{value}") }
    ['SSH_PUBLIC_KEY=\"\$USER[SSH_PUBLIC_KEY]\"', 'NETWORK="YES"', *given].join(',')
end

# Writes context.yaml, which the private suite for contextualization reads, into the folder that the last part of the
# name stands for. A name with an underscore leads elsewhere, and to nowhere when there is no such folder.
def generate_context(metadata)
    app = metadata[:app]
    image = {
        :image_name => "#{app[:name]}.#{metadata[:infra][:disk_format]}",
        :type => app[:os][:type],
        :microenvs => ["context-#{app[:hypervisor].downcase}"],
        :slow => true,
        :enable_netcfg_common => true,
        :enable_netcfg_ip_methods => true
    }
    folder = "#{Dir.pwd}/../../appliances/#{app[:name].split('_').last}"
    File.write("#{folder}/context.yaml", { :tests => { app[:os][:base] => image } }.to_yaml)
end
