#!/usr/bin/env ruby

# Runs the tests of one appliance, as lib/community/app_readiness.rb of marketplace-community does: in this folder,
# which is the current one, and with Debian's rspec.

ENV['RUBYOPT'] = '-W0'

require 'yaml'

app = ARGV.first
abort 'Usage: ./app_readiness.rb <app_name>' unless app

list = "../../appliances/#{app}/tests.yaml"
abort "Missing test file #{list}" unless File.exist?(list)

reports = { 'd' => 'results.txt', 'j' => 'results.json' }
command = ['rspec', '-f', 'd']
reports.each {|format, file| command += ['-f', format, '-o', "results/#{app}/#{file}"] }
command += YAML.load_file(list).map {|test| "../../appliances/#{app}/tests/#{test}" }

system(*command)

# Nil when a signal ended it.
exit($?.exitstatus || 1)
