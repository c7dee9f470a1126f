# Loads the classes that drive OpenNebula by its command line, as oneadmin would.

require 'rspec'
require 'yaml'

require 'opennebula'
require 'SafeExec'
require 'CLITester'
require 'VM'

include OpenNebula
include CLITester

RSpec.configure do |configuration|
    configuration.add_setting :defaults
    configuration.defaults = YAML.load_file("#{__dir__}/defaults.yaml")
end
